#include "agent/probe/secret_text.h"

#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <string>

namespace fleet::agent {

namespace {

bool IsSecretKey(const std::string& key) {
  static const RE2& pattern =
      *new RE2(R"((?i)(api[-_]?key|token|secret|passw(or)?d|passphrase|credential|authorization|private[-_]?key)$)");
  return RE2::PartialMatch(key, pattern);
}

// A number ("MAX_TOKEN": "4096"), what stands for no secret, or a reference to where it really is.
bool IsHarmless(const std::string& value) {
  static const RE2& pattern = *new RE2(
      R"((?i)[\d\s]*|true|false|none|null|dummy|unused|not[- _]?needed|x+|\*+|\{(env|file):[^}]*\}|\$\{?\w+\}?)");
  return RE2::FullMatch(value, pattern);
}

bool HasPasswordInAddress(const std::string& value) {
  static const RE2& pattern = *new RE2(R"(\w://[^/@\s]*:[^/@\s]+@)");
  return RE2::PartialMatch(value, pattern);
}

// Deeper than any configuration; a file made to exhaust the stack ends here.
constexpr int kDeepest = 64;

bool Holds(const nlohmann::json& json, bool behind_key, int depth) {
  if (json.is_string()) {
    const auto& value = json.get_ref<const std::string&>();
    return (behind_key && !IsHarmless(value)) || HasPasswordInAddress(value);
  }
  if (depth == kDeepest) return false;
  for (const auto& [key, value] : json.items()) {
    if (Holds(value, json.is_object() && IsSecretKey(key), depth + 1)) return true;
  }
  return false;
}

}  // namespace

bool HoldsSecret(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false, true);
  return json.is_structured() && Holds(json, false, 0);
}

}  // namespace fleet::agent
