#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet {

// One kind of line that logs hold when something is wrong (catalogue: "Error message catalogue"). A pattern alone
// proves nothing and never triggers a repair: the finding that confirms it does.
struct LogPattern {
  std::string name;       // its findings are LOG_PATTERN_<name>
  std::string regex;      // RE2, case-insensitive, within one line
  std::string component;  // of the rule catalogue
  std::string meaning;    // what the line says and why dgmo prints it
  std::string action;     // what a person does about it
  // Codes of findings that confirm it; * stands for any characters. The second list holds those that do so only when
  // they are about an id the line names; a line that names none takes any of them.
  std::vector<std::string> confirmed_by = {};
  std::vector<std::string> confirmed_by_id = {};

  std::string code() const { return "LOG_PATTERN_" + name; }
};

// The patterns in force: those built in, and those of one extension. Immutable; any thread.
class PatternCatalogue {
 public:
  static constexpr std::int64_t kBuiltInVersion = 1;
  static constexpr std::size_t kMostPatterns = 256;
  static constexpr std::size_t kLongestRegex = 1'000;
  static constexpr std::size_t kLongestText = 500;
  static constexpr std::size_t kLargestFile = 256 * 1024;

  static std::shared_ptr<const PatternCatalogue> BuiltIn();

  // The built-in patterns and those of a JSON text:
  //   {"version": 1, "patterns": [{"name": "LICENCE", "regex": "licence expired", "component": "machine",
  //     "meaning": "...", "action": "...", "confirmed_by": ["DISK_*"], "confirmed_by_id": []}]}
  // Taken whole or not at all: one bad pattern is an error that names it, and the caller keeps `in_force`. The version
  // must be above the extension's that is in force, so that an older text never takes the place of a newer one.
  static absl::StatusOr<std::shared_ptr<const PatternCatalogue>> Extended(std::string_view json,
                                                                          const PatternCatalogue& in_force);
  // The same from a file, over the built-in ones.
  static absl::StatusOr<std::shared_ptr<const PatternCatalogue>> FromFile(const std::string& path);

  // Of the extension; 0 without one.
  std::int64_t version() const { return version_; }
  std::span<const LogPattern> patterns() const { return patterns_; }
  const LogPattern* Find(std::string_view name) const;  // nullptr: no such pattern

 private:
  PatternCatalogue(std::int64_t version, std::vector<LogPattern> patterns)
      : version_(version), patterns_(std::move(patterns)) {}

  std::int64_t version_;
  std::vector<LogPattern> patterns_;
};

// Whether a pattern of codes such as "*_JSON_EMPTY" means this one.
bool CodeMatches(const std::string& pattern, const std::string& code);

}  // namespace fleet
