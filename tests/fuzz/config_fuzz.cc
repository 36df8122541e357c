// The readers of configurations and of the TUI's state on any bytes: they never crash, what they call comments is JSON
// without them, and no offset lies outside the text.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "agent/checks/mcp_entries.h"
#include "agent/checks/program_versions.h"
#include "agent/checks/qdrant_entry.h"
#include "agent/probe/tui_state.h"
#include "agent/store/config_document.h"
#include "agent/store/jsonc.h"

using namespace fleet::agent;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckConfig(std::string_view text, ConfigDialect dialect) {
  nlohmann::json value;
  const ConfigDocument document = ReadConfigDocument(text, dialect, value);
  const auto size = static_cast<std::int64_t>(text.size());
  if (document.fault && document.fault->offset)
    Require(*document.fault->offset >= 0 && *document.fault->offset <= size);
  if (document.comments) Require(document.fault && *document.comments >= 0 && *document.comments < size);
  if (document.fault && !document.comments) Require(document.violations.empty() && value.is_null());
  nlohmann::json twice = value;
  MergeConfig(value, twice);
  Require(twice == value);
  for (const McpEntry& entry : McpEntriesOf({{"/g", "", value}, {"/p/dgmo.json", "/p", value}})) {
    Require(!entry.file.empty());
    DifferencesOf(entry, {});
    IsQdrantEntry(entry);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0: CheckConfig(text, ConfigDialect::kDgmo); break;
    case 1: CheckConfig(text, ConfigDialect::kOpencode); break;
    case 2: TuiStateFault(text); break;
    default: {
      const PlainJson plain = WithoutComments(text);
      Require(plain.text.size() == text.size());
      Require(plain.first.has_value() == (plain.text != text));
      VersionIn(text);
      IsWanted(text, "0.2");
    }
  }
  return 0;
}
