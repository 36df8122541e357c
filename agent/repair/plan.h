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
  std::optional<std::uint32_t> mode = std::nullopt;  // of a file that is created
  std::string displaces = {};  // why what it replaces goes to quarantine too; empty: the journal's copy is enough
};
struct Quarantine {  // moves out of the store, never deletes
  std::string path;
  std::string reason;
};
struct MakeDirectory {
  std::string path;
};
struct RemoveDirectory {  // an empty one, or one that the steps before it empty
  std::string path;
};
struct SetAccess {                     // of a file or directory that is there; its bytes and time stay
  std::string path;                    // "." is the root itself
  std::uint32_t mode = 0;              // permission bits
  std::optional<std::uint32_t> owner;  // whom it is given to; nullopt: it stays whose it is
};
using Change = std::variant<WriteFile, Quarantine, MakeDirectory, RemoveDirectory, SetAccess>;
const std::string& PathOf(const Change& change);
std::string AbsolutePathOf(const Root& root, const Change& change);

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
  std::vector<std::string> sentences;     // instead of steps: what a repair of the machine or a service would do
  std::optional<Refusal> refusal;
  std::string note;  // what a person should know: "reconstructed from 3 messages", "permanent loss: ..."
};

}  // namespace fleet::agent
