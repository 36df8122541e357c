#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/repair/plan.h"
#include "common/finding.h"

namespace fleet::agent {

// What became of one plan.
enum class Outcome : std::uint8_t {
  kApplied,    // done, and reading the root again shows it
  kRefused,    // not begun
  kFailed,     // did not cure, or could not be done; the root is as before
  kRolledBack  // was fine itself, but taken back together with one that failed
};
std::string_view OutcomeText(Outcome outcome);  // "applied", "refused", "failed", "rolled_back"

struct RepairResult {
  std::string repair;
  std::string root;
  std::string subject_id;
  Outcome outcome = Outcome::kRefused;
  std::string reason;  // a word for programs; empty when applied
  std::string text;    // a sentence for people
  bool verified = false;
};

// A finding that has a repair which nobody asked for: it needs consent, or this version does not have it.
struct LeftAlone {
  Finding finding;
  Refusal why;
};

// What was planned, and, unless it was a dry run, what came of it.
struct RepairRun {
  std::string journal;  // its id; empty when nothing had to be changed
  std::vector<Plan> plans;
  std::vector<std::int64_t> backup_bytes;  // of each plan
  std::vector<RepairResult> results;       // empty after a dry run
  std::vector<Finding> uncovered;          // findings that will appear because of what the plans take away
  std::vector<LeftAlone> left_alone;
  std::vector<std::string> notes;  // sentences for people: what an earlier, interrupted run left, and what became of it

  // Whether no plan was refused and every result is "applied".
  bool Complete() const;
};

struct UndoRun {
  std::string journal;
  std::vector<std::string> restored;  // absolute paths that are as they were before
  std::optional<Refusal> refusal;     // nothing was changed
  std::vector<std::string> changed;   // absolute paths that are not as the repair left them
  std::vector<std::string> kept;      // absolute paths that got newer data meanwhile, and were left
};

}  // namespace fleet::agent
