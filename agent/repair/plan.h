#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/store/file_stat.h"
#include "agent/store/root.h"

namespace fleet::agent {

// All a repair can ever do to a root. Paths are relative to it.
struct WriteFile {  // creates or replaces; owner and mode as the replaced file's, else as its siblings'
  std::string path;
  std::string bytes;
};
struct Quarantine {  // moves out of the store, never deletes
  std::string path;
  std::string reason;
};
struct MakeDirectory {
  std::string path;
};
using Change = std::variant<WriteFile, Quarantine, MakeDirectory>;
const std::string& PathOf(const Change& change);

// A change with what it expects to find: apply refuses when that is no longer so.
struct Step {
  Change change;
  std::optional<FileStat> before;  // nullopt: nothing is there
  std::string before_sha256;       // of a regular file
};

// Why something was not done: a word for programs and a sentence for people.
struct Refusal {
  std::string reason;  // "dgmo_live", "needs_consent", "no_source", ...
  std::string text;
};

// The cure of one subject by one repair.
struct Plan {
  std::string repair;
  Root root;
  std::string subject_id;
  std::vector<std::string> codes;         // of the findings it cures
  std::vector<std::string> fingerprints;  // same order
  std::vector<Step> steps;                // empty when refused
  std::optional<Refusal> refusal;
  std::string note;  // what a person should know: "reconstructed from 3 messages", "permanent loss: ..."
};

}  // namespace fleet::agent
