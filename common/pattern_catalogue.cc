#include "common/pattern_catalogue.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "common/pattern_matcher.h"
#include "common/patterns/groups.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 8> kComponents = {"storage", "sessions", "sub-sessions", "config",
                                                         "qdrant",  "mcp",      "backups",      "machine"};

std::vector<LogPattern> BuiltInPatterns() {
  std::vector<LogPattern> patterns = GuidePatterns();
  std::vector<LogPattern> more = ProgramPatterns();
  std::move(more.begin(), more.end(), std::back_inserter(patterns));
  return patterns;
}

bool ConsistsOf(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text[0] >= 'A' && text[0] <= 'Z' &&
         ConsistsOf(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

// One pattern of an extension; every error says which.
class PatternReader {
 public:
  PatternReader(const Json& json, std::size_t number) : json_(json), where_("pattern " + std::to_string(number)) {}

  absl::StatusOr<LogPattern> Read() {
    if (!json_.is_object()) return Wrong("it is not an object");
    LogPattern pattern;
    RETURN_IF_ERROR(ReadText("name", 64, pattern.name));
    if (!IsName(pattern.name)) {
      return Wrong("\"name\" is to be up to 64 of A-Z, 0-9 and _, a letter first");
    }
    where_ += " (" + pattern.name + ")";
    RETURN_IF_ERROR(RefuseUnknownKeys());
    RETURN_IF_ERROR(ReadText("regex", PatternCatalogue::kLongestRegex, pattern.regex));
    RETURN_IF_ERROR(ReadText("meaning", PatternCatalogue::kLongestText, pattern.meaning));
    RETURN_IF_ERROR(ReadText("action", PatternCatalogue::kLongestText, pattern.action));
    RETURN_IF_ERROR(ReadText("component", 64, pattern.component));
    if (std::find(kComponents.begin(), kComponents.end(), pattern.component) == kComponents.end()) {
      return Wrong("no component is called \"" + pattern.component + "\"; \"machine\" fits what has no other");
    }
    RETURN_IF_ERROR(ReadCodes("confirmed_by", pattern.confirmed_by));
    RETURN_IF_ERROR(ReadCodes("confirmed_by_id", pattern.confirmed_by_id));
    if (const absl::Status fit = PatternMatcher::CheckRegex(pattern.regex); !fit.ok()) return Wrong(MessageOf(fit));
    return pattern;
  }

 private:
  absl::Status Wrong(const std::string& what) const { return InvalidArgument(ToPrintable(where_ + ": " + what)); }

  // A misspelt key would silently confirm nothing.
  absl::Status RefuseUnknownKeys() const {
    static const std::set<std::string> kKeys = {"name",   "regex",        "component",      "meaning",
                                                "action", "confirmed_by", "confirmed_by_id"};
    for (const auto& [key, value] : json_.items()) {
      if (kKeys.count(key) == 0) return Wrong("unknown key \"" + key + "\"");
    }
    return absl::OkStatus();
  }

  absl::Status ReadText(const char* key, std::size_t longest, std::string& text) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_string()) return Wrong("\"" + std::string(key) + "\" is to be a text");
    text = found->get<std::string>();
    if (text.empty() || text.size() > longest) {
      return Wrong("\"" + std::string(key) + "\" is to have 1 to " + std::to_string(longest) + " bytes, not " +
                   std::to_string(text.size()));
    }
    const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; };
    if (std::any_of(text.begin(), text.end(), is_control)) {
      return Wrong("\"" + std::string(key) + "\" holds control characters; write them as escapes or leave them out");
    }
    return absl::OkStatus();
  }

  absl::Status ReadCodes(const char* key, std::vector<std::string>& codes) const {
    const auto found = json_.find(key);
    if (found == json_.end()) return absl::OkStatus();
    const auto is_code = [](const Json& code) {
      return code.is_string() && !code.get_ref<const std::string&>().empty() &&
             ConsistsOf(code.get_ref<const std::string&>(), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*");
    };
    if (!found->is_array() || found->size() > 64 || !std::all_of(found->begin(), found->end(), is_code)) {
      return Wrong("\"" + std::string(key) + "\" is to be a list of codes such as \"DISK_SPACE_LOW\" or \"DISK_*\"");
    }
    codes = found->get<std::vector<std::string>>();
    return absl::OkStatus();
  }

  const Json& json_;
  std::string where_;
};

absl::StatusOr<Json> Parse(std::string_view text) {
  if (text.size() > PatternCatalogue::kLargestFile) {
    return InvalidArgument("it has " + std::to_string(text.size()) + " bytes, more than the limit of " +
                           std::to_string(PatternCatalogue::kLargestFile) + "; split what is no pattern off");
  }
  // Deeper than any catalogue is: the library's parser is told to stop there rather than to recurse into it later.
  const auto shallow = [](int depth, Json::parse_event_t, Json&) {
    if (depth > 8) throw std::length_error("nested deeper than a catalogue is");
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const Json::parse_error& error) {
    return InvalidArgument("not JSON at byte " + std::to_string(error.byte) + "; correct it there");
  } catch (const std::exception& error) {
    return InvalidArgument(ToPrintable(error.what()));
  }
}

absl::StatusOr<std::int64_t> ReadVersion(const Json& json, std::int64_t in_force) {
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_integer() || *version < 1 || *version > (std::int64_t{1} << 53)) {
    return InvalidArgument("\"version\" is to be a whole number from 1 on");
  }
  const auto number = version->get<std::int64_t>();
  if (number <= in_force) {
    return FailedPrecondition("version " + std::to_string(number) + " is not above version " +
                              std::to_string(in_force) + ", which is in force; raise \"version\" with each change");
  }
  return number;
}

}  // namespace

std::shared_ptr<const PatternCatalogue> PatternCatalogue::BuiltIn() {
  static const std::shared_ptr<const PatternCatalogue> kBuiltIn(new PatternCatalogue(0, BuiltInPatterns()));
  return kBuiltIn;
}

absl::StatusOr<std::shared_ptr<const PatternCatalogue>> PatternCatalogue::Extended(std::string_view text,
                                                                                   const PatternCatalogue& in_force) {
  ASSIGN_OR_RETURN(const Json json, Parse(text));
  if (!json.is_object()) return InvalidArgument("it is to be an object with \"version\" and \"patterns\"");
  ASSIGN_OR_RETURN(const std::int64_t version, ReadVersion(json, in_force.version()));
  const auto list = json.find("patterns");
  if (list == json.end() || !list->is_array()) return InvalidArgument("\"patterns\" is to be a list");
  std::vector<LogPattern> patterns = BuiltInPatterns();
  if (patterns.size() + list->size() > kMostPatterns) {
    return InvalidArgument("it has " + std::to_string(list->size()) + " patterns, more than the " +
                           std::to_string(kMostPatterns - patterns.size()) + " that fit; join some with |");
  }
  std::set<std::string> names;
  for (const LogPattern& pattern : patterns) names.insert(pattern.name);
  std::size_t number = 0;
  for (const Json& entry : *list) {
    ASSIGN_OR_RETURN(LogPattern pattern, PatternReader(entry, ++number).Read());
    if (!names.insert(pattern.name).second) {
      return InvalidArgument("pattern " + std::to_string(number) + " (" + pattern.name +
                             "): there is one of that name already; give it another");
    }
    patterns.push_back(std::move(pattern));
  }
  std::shared_ptr<const PatternCatalogue> catalogue(new PatternCatalogue(version, std::move(patterns)));
  // Each fits by itself; all of them together must, too.
  RETURN_IF_ERROR(PatternMatcher::Make(catalogue).status());
  return catalogue;
}

absl::StatusOr<std::shared_ptr<const PatternCatalogue>> PatternCatalogue::FromFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.gcount() == 0 && !stream.eof()) {
    return InvalidArgument("cannot read the patterns in " + ToPrintable(path) + "; give a readable file");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  absl::StatusOr<std::shared_ptr<const PatternCatalogue>> catalogue = Extended(text, *BuiltIn());
  if (!catalogue.ok()) return Annotate(catalogue.status(), "patterns in " + ToPrintable(path));
  return catalogue;
}

const LogPattern* PatternCatalogue::Find(std::string_view name) const {
  const auto found =
      std::find_if(patterns_.begin(), patterns_.end(), [&](const LogPattern& pattern) { return pattern.name == name; });
  return found == patterns_.end() ? nullptr : &*found;
}

bool CodeMatches(const std::string& pattern, const std::string& code) {
  return fnmatch(pattern.c_str(), code.c_str(), 0) == 0;
}

}  // namespace fleet
