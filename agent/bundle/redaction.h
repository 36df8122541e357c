#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/finding.h"
#include "common/pattern_matcher.h"

namespace fleet::agent {

// What is known of the machine, so that it may be kept, or, when anonymous, be taken out.
struct KnownNames {
  std::vector<std::string> homes;     // absolute
  std::vector<std::string> roots;     // absolute
  std::vector<std::string> projects;  // slugs and workspaces
  std::string host;
  bool anonymise = false;  // no names of users, projects and the host
};

// Lets pass what is known to be harmless, rather than to look for what is not: names of dgmo's own files and folders,
// ids, numbers, times, names of errors. Everything else becomes a mark that says how long it was, or, for names, a
// number that is the same throughout a bundle, so that the owner can still find the place. Never reads a file. One
// thread.
class Redactor {
 public:
  explicit Redactor(KnownNames known);

  // Text that the product itself wrote and that may quote a name, a path or a value.
  std::string Text(std::string_view text);

  // An absolute path: its components that dgmo, its layouts or the system name; others get a number.
  std::string Path(std::string_view path);

  // A subject or a single name of a file.
  std::string Name(std::string_view name);

  // A line of a log: level, time, the service, ids and numbers, the classes of errors that the catalogue of messages
  // knows, the names of exceptions. The rest may quote a prompt: its length only.
  std::string LogLine(std::string_view line);

  // A configuration: its keys, numbers and switches, and the values of settings that choose among known words.
  nlohmann::ordered_json Config(const nlohmann::ordered_json& config);

  // The finding with path, paths, root, subject and evidence as above. Its fingerprint stays.
  Finding Redact(const Finding& finding);

  // How much was taken out, by kind.
  const std::map<std::string, std::int64_t>& counts() const { return counts_; }

 private:
  std::string Pseudonym(std::string_view name);
  bool IsKnown(std::string_view component) const;
  std::string Below(std::string_view path);  // what follows a known place
  std::string Evidence(const std::string& key, const std::string& value);
  std::string ConfigText(const std::string& key, const std::string& value);
  nlohmann::ordered_json ConfigValue(const std::string& key, const nlohmann::ordered_json& value, int depth);
  void Count(const std::string& kind) { ++counts_[kind]; }

  KnownNames known_;
  std::set<std::string, std::less<>> projects_;
  std::vector<std::string> users_;
  std::vector<std::string> places_;       // homes, and roots outside of them, the longest first
  std::vector<std::string> text_places_;  // homes and roots, the longest first
  std::map<std::string, std::string, std::less<>> pseudonyms_;
  std::map<std::string, std::int64_t> counts_;
  std::shared_ptr<const PatternMatcher> classes_;
};

}  // namespace fleet::agent
