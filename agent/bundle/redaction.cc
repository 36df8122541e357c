#include "agent/bundle/redaction.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agent/bundle/known_words.h"
#include "agent/bundle/secret_patterns.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepestConfig = 32;
constexpr std::size_t kLongestKey = 64;
constexpr std::size_t kShortestUser = 3;  // a shorter name stands in too many words

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

std::string Mark(std::string_view kind, std::size_t size) {
  return "[" + std::string(kind) + ", " + std::to_string(size) + " bytes]";
}

std::string LastComponent(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// Whether `path` is `place` or lies below it.
bool IsAtOrBelow(std::string_view path, std::string_view place) {
  return path.substr(0, place.size()) == place && (path.size() == place.size() || path[place.size()] == '/');
}

void SortLongestFirst(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& by) {
  if (what.empty()) return;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

bool IsHash(std::string_view text) {
  static const RE2 kHash("[0-9a-f]{64}");
  return RE2::FullMatch(Piece(text), kHash);
}

bool BeginsPath(std::string_view text, std::size_t at) {
  if (text[at] != '/' || at + 1 == text.size()) return false;
  const auto next = static_cast<unsigned char>(text[at + 1]);
  if (std::isalnum(next) == 0 && next != '.' && next != '_') return false;
  return at == 0 || std::string_view(" \t\n\"'(=:,[").find(text[at - 1]) != std::string_view::npos;
}

// The names of ids, exceptions and errors that a text holds, each once, in their order.
void AddTokens(std::string_view text, std::string& out) {
  static const RE2 kToken(
      R"(\b((?:ses|msg|chk)_[0-9a-f]{12}[0-9A-Za-z]{14}|(?:[A-Z][a-z]{1,15}){1,4}(?:Error|Exception)|E[A-Z_]{2,14})\b)");
  std::set<std::string> seen;
  re2::StringPiece rest = Piece(text);
  std::string token;
  while (RE2::FindAndConsume(&rest, kToken, &token)) {
    const bool is_errno = token[0] == 'E' && token.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
    if (is_errno && !IsErrnoName(token)) continue;
    if (seen.size() < 16 && seen.insert(token).second) out += " " + token;
  }
}

}  // namespace

Redactor::Redactor(KnownNames known) : known_(std::move(known)) {
  if (auto classes = PatternMatcher::Make(PatternCatalogue::BuiltIn()); classes.ok()) classes_ = *std::move(classes);
  for (const std::string& home : known_.homes) {
    places_.push_back(home);
    if (known_.anonymise && LastComponent(home).size() >= kShortestUser) users_.push_back(LastComponent(home));
  }
  text_places_ = known_.homes;
  text_places_.insert(text_places_.end(), known_.roots.begin(), known_.roots.end());
  SortLongestFirst(text_places_);
  if (known_.anonymise) return;
  for (const std::string& root : known_.roots) {
    const bool in_home = std::any_of(known_.homes.begin(), known_.homes.end(),
                                     [&](const std::string& home) { return IsAtOrBelow(root, home); });
    if (!in_home) places_.push_back(root);
  }
  SortLongestFirst(places_);
  for (const std::string& project : known_.projects) {
    if (!HasSecretShape(project)) projects_.insert(project);
  }
}

bool Redactor::IsKnown(std::string_view component) const {
  return IsKnownComponent(component) || projects_.count(component) > 0;
}

std::string Redactor::Pseudonym(std::string_view name) {
  const auto found = pseudonyms_.find(name);
  if (found != pseudonyms_.end()) return found->second;
  Count("names");
  std::string pseudonym = "[name-" + std::to_string(pseudonyms_.size() + 1) + "]" + std::string(KnownExtension(name));
  return pseudonyms_.emplace(name, std::move(pseudonym)).first->second;
}

std::string Redactor::Below(std::string_view path) {
  std::string out;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view component = path.substr(begin, end - begin);
    if (!component.empty()) out += IsKnown(component) ? std::string(component) : Pseudonym(component);
    if (end < path.size()) out += '/';
    begin = end + 1;
  }
  return out;
}

std::string Redactor::Path(std::string_view path) {
  for (const std::string& place : places_) {
    if (!IsAtOrBelow(path, place)) continue;
    return (known_.anonymise ? "~" : ToUtf8(place)) + Below(path.substr(place.size()));
  }
  return Below(path);
}

std::string Redactor::Name(std::string_view name) {
  if (name.empty()) return "";
  if (name.find("://") != std::string_view::npos) return Text(name);
  return name[0] == '/' ? Path(name) : Below(name);
}

std::string Redactor::Text(std::string_view text) {
  std::int64_t secrets = 0;
  const std::string cleaned = WithoutSecrets(text, secrets);
  if (secrets > 0) counts_["secrets"] += secrets;
  std::string out;
  for (std::size_t at = 0; at < cleaned.size();) {
    if (!BeginsPath(cleaned, at)) {
      out += cleaned[at++];
      continue;
    }
    std::string_view rest = std::string_view(cleaned).substr(at);
    // A known place may stand within a sentence; after it, and of any other path, nobody knows where it ends.
    const auto place = std::find_if(text_places_.begin(), text_places_.end(), [&](const std::string& p) {
      return rest.substr(0, p.size()) == p && (rest.size() == p.size() || rest[p.size()] != '/');
    });
    rest = place != text_places_.end() ? rest.substr(0, place->size()) : rest.substr(0, rest.find_first_of("\n\"'"));
    out += Path(rest);
    at += rest.size();
  }
  for (const std::string& user : users_) ReplaceAll(out, user, "[user]");
  if (known_.anonymise && known_.host.size() >= kShortestUser) ReplaceAll(out, known_.host, "[host]");
  return ToUtf8(out);
}

std::string Redactor::LogLine(std::string_view line) {
  static const RE2 kServer(
      R"((?s)(DEBUG|INFO|WARN|ERROR|FATAL)\s+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\s\+(\d{1,9})ms)?\s(.*))");
  static const RE2 kInterface(
      R"((?s)time=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?) level=(DEBUG|INFO|WARN|ERROR)\b(.*))");
  static const RE2 kLoose(R"((?is)[\[(]?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z?)[\])]?(.*))");
  static const RE2 kLevel(R"((?i)\b(debug|info|warn|warning|error|fatal)\b)");
  static const RE2 kService(R"(\bservice=([a-z][a-z.-]{1,15})(?:\s|$))");
  static const RE2 kStatus(R"(\bstatus=(\d{3})\b)");
  static const RE2 kEnd(R"((?:^|\s)(fatal|exception|rejection)\s*$)");
  std::string level;
  std::string time;
  std::string delta;
  std::string word;
  re2::StringPiece rest = Piece(line);
  if (!RE2::FullMatch(Piece(line), kServer, &level, &time, &delta, &rest) &&
      !RE2::FullMatch(Piece(line), kInterface, &time, &level, &rest)) {
    RE2::FullMatch(Piece(line), kLoose, &time, &rest);
    RE2::PartialMatch(rest, kLevel, &level);
  }
  std::string out = level;
  if (!time.empty()) out += (out.empty() ? "" : " ") + time;
  if (!delta.empty()) out += " +" + delta + "ms";
  const std::string_view free(rest.data(), rest.size());
  if (RE2::PartialMatch(rest, kService, &word)) out += " service=" + word;
  if (RE2::PartialMatch(rest, kStatus, &word)) out += " status=" + word;
  AddTokens(free, out);
  if (classes_ != nullptr) {
    classes_->Match(line, [&](std::size_t pattern, std::string_view) {
      out += " " + classes_->catalogue().patterns()[pattern].code();
    });
  }
  if (RE2::PartialMatch(rest, kEnd, &word)) out += " " + word;
  if (free.empty()) return out;
  Count("log_texts");
  return out + (out.empty() ? "" : " ") + Mark("text", free.size());
}

std::string Redactor::ConfigText(const std::string& key, const std::string& value) {
  static const RE2 kWord(R"([A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,79})");
  static const RE2 kAddress(R"([a-zA-Z][a-zA-Z0-9+.-]{0,15}://\S+)");
  const SettingKind kind = KindOfSetting(key);
  std::int64_t secrets = 0;
  std::string cleaned = WithoutSecrets(value, secrets);
  if (kind == SettingKind::kAddress && RE2::FullMatch(value, kAddress)) {
    counts_["secrets"] += secrets;
    return cleaned;
  }
  const bool is_schema = key == "$schema" && RE2::FullMatch(value, kAddress);
  if (kind == SettingKind::kWord && secrets == 0 && RE2::FullMatch(value, kWord)) return value;
  if (is_schema) return cleaned;
  Count("config_values");
  return Mark("text", value.size());
}

Json Redactor::ConfigValue(const std::string& key, const Json& value, int depth) {
  static const RE2 kKey(R"([A-Za-z0-9_.$@/ -]+)");
  if (depth > kDeepestConfig) return Mark("nested", 0);
  if (!value.is_boolean() && !value.is_null() && !value.is_object() && IsSecretName(key)) {
    Count("secrets");
    return kRedacted;
  }
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [name, each] : value.items()) {
      const bool harmless = name.size() <= kLongestKey && RE2::FullMatch(name, kKey) && !HasSecretShape(name);
      // Below a secret name everything may be one.
      const std::string inherited = IsSecretName(key) && KindOfSetting(name) == SettingKind::kFree ? key : name;
      out[harmless ? name : Pseudonym(name)] = ConfigValue(inherited, each, depth + 1);
    }
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const bool is_program = key == "command" && i == 0 && value[i].is_string() &&
                              IsKnownProgram(LastComponent(value[i].get<std::string>()));
      out.push_back(is_program ? Json(LastComponent(value[i].get<std::string>()))
                               : ConfigValue(key == "command" ? "" : key, value[i], depth + 1));
    }
    return out;
  }
  if (value.is_string()) return ConfigText(key, value.get<std::string>());
  if (value.is_number() && std::abs(value.get<double>()) >= 1e7) {
    Count("config_values");
    return "[number]";
  }
  return value;
}

Json Redactor::Config(const Json& config) { return ConfigValue("", config, 0); }

std::string Redactor::Evidence(const std::string& key, const std::string& value) {
  if (key == "sha256" && IsHash(value)) return value;
  if (IsQuantity(value) || IsOwnText(key) || value.find("://") != std::string::npos) return Text(value);
  return Name(value);
}

Finding Redactor::Redact(const Finding& finding) {
  Finding out = finding;
  std::vector<std::pair<std::string, std::string>> replaced;
  const auto take_path = [&](std::string& path) {
    std::string redacted = path.find("://") == std::string::npos ? Name(path) : Text(path);
    replaced.emplace_back(path, redacted);
    const std::string name = LastComponent(path);
    if (!IsKnown(name) && name.size() > 1) replaced.emplace_back(name, Pseudonym(name));
    path = std::move(redacted);
  };
  take_path(out.root);
  take_path(out.path);
  for (std::string& path : out.paths) take_path(path);
  if (out.subject_id.find('/') != std::string::npos || !IsKnown(out.subject_id)) take_path(out.subject_id);
  std::sort(replaced.begin(), replaced.end(),
            [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  const auto clean = [&](std::string text) {
    // The places stay readable for Text, which masks what lies below them.
    for (const auto& [raw, by] : replaced) {
      if (raw != by && raw != finding.root) ReplaceAll(text, raw, by);
    }
    return Text(text);
  };
  for (auto& [key, value] : out.evidence) {
    std::string* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    if (key.find("hex") != std::string::npos || key.find("head") != std::string::npos) {
      Count("secrets");
      *text = kRedacted;
    } else {
      *text = IsOwnText(key) ? clean(*text) : Evidence(key, *text);
    }
  }
  out.refusal = clean(out.refusal);
  return out;
}

}  // namespace fleet::agent
