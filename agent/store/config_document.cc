#include "agent/store/config_document.h"

#include <nlohmann/json.hpp>

#include "agent/store/json_tolerance.h"
#include "agent/store/jsonc.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

std::string_view WithoutMark(std::string_view bytes) {
  return bytes.substr(0, kUtf8Mark.size()) == kUtf8Mark ? bytes.substr(kUtf8Mark.size()) : bytes;
}

// Deeper than anything dgmo or a developer writes. The library copies values by recursion.
constexpr int kDeepest = 128;

bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_text && c == '\\') ++at;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if ((c == '{' || c == '[') && ++depth > kDeepest) return true;
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

std::optional<Fault> FaultOf(std::string_view text) {
  DocumentParser parser;
  const Document document = parser.Parse(DocumentClass::kConfig, PaddedText(text));
  const Fault* fault = std::get_if<Fault>(&document);
  return fault == nullptr ? std::nullopt : std::optional<Fault>(*fault);
}

}  // namespace

nlohmann::json ParseAsJavaScript(std::string_view text) {
  if (IsTooDeep(text)) return nlohmann::json(nlohmann::json::value_t::discarded);
  PaddedText copy(text);
  NeutraliseWhatJavaScriptReads(copy);
  return nlohmann::json::parse(copy.view(), nullptr, /*allow_exceptions=*/false);
}

ConfigDocument ReadConfigDocument(std::string_view bytes, ConfigDialect dialect, nlohmann::json& value) {
  ConfigDocument document;
  value = nullptr;
  std::string_view text = WithoutMark(bytes);
  document.fault = FaultOf(text);
  PlainJson plain;
  if (document.fault) {
    plain = WithoutComments(text);
    if (!plain.first || FaultOf(plain.text)) return document;
    document.comments = *plain.first + static_cast<std::int64_t>(bytes.size() - text.size());
    text = plain.text;
  }
  nlohmann::json read = ParseAsJavaScript(text);
  if (read.is_discarded()) return document;
  document.violations = ViolationsOf(read, dialect);
  value = std::move(read);
  return document;
}

void MergeConfig(const nlohmann::json& above, nlohmann::json& below) {
  if (!above.is_object() || !below.is_object()) {
    below = above;
    return;
  }
  for (const auto& [key, value] : above.items()) MergeConfig(value, below[key]);
}

}  // namespace fleet::agent
