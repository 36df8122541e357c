#include "agent/probe/tui_state.h"

#include <cerrno>

#include "agent/probe/confined_read.h"
#include "agent/probe/toml_text.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMostState = 1 << 20;

}  // namespace

std::string TuiStateFault(std::string_view text) {
  std::string fault;
  const std::optional<toml::table> table = ParseToml(text, fault);
  if (!table) return fault;
  for (const char* key : {"theme", "provider", "model"}) {
    if (table->contains(key) && !(*table)[key].is_string()) return std::string(key) + " should be a text";
  }
  const bool has_recent = table->contains("recently_used_models");
  if (has_recent && !(*table)["recently_used_models"].is_array()) return "recently_used_models should be a list";
  return "";
}

std::optional<TuiState> ReadTuiState(const std::string& app, HomeModel& home) {
  TuiState state;
  state.path = home.home.state_home + "/" + app + "/tui";
  PaddedText bytes;
  const absl::Status read = ReadInHome(home.home, state.path, kMostState, bytes, state.stat);
  if (ErrnoOf(read) == ENOENT || ErrnoOf(read) == ENOTDIR) return std::nullopt;
  if (!read.ok()) {
    home.unknown.push_back(state.path);
    return std::nullopt;
  }
  state.fault = TuiStateFault(bytes.view());
  return state;
}

}  // namespace fleet::agent
