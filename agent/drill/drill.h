#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/drill/sandbox.h"

namespace fleet::agent {

// What may be lost, and for how long work may stop, in one kind of disaster (catalogue: "Objectives").
struct Objective {
  std::string_view disaster;
  std::int64_t rto_ms = 0;
  std::int64_t rpo_ms = 0;  // 0: planned, nothing may be lost
};

enum class DrillOutcome : std::uint8_t { kPass, kFail, kSkip };
std::string_view OutcomeText(DrillOutcome outcome);  // "PASS", "FAIL", "SKIP"

// How one drill went.
struct DrillResult {
  DrillOutcome outcome = DrillOutcome::kPass;
  std::string text;                    // what was shown, or why it failed or was left out
  std::optional<double> integrity;     // of what could be recovered, the share that was, byte for byte
  std::optional<std::int64_t> rto_ms;  // achieved: from the fault to the verified state
  std::optional<std::int64_t> rpo_ms;  // achieved: age of what the recovery brought back
  std::int64_t duration_ms = 0;        // of the whole drill

  static DrillResult Failed(std::string why) { return {DrillOutcome::kFail, std::move(why), {}, {}, {}, 0}; }
  static DrillResult Skipped(std::string why) { return {DrillOutcome::kSkip, std::move(why), {}, {}, {}, 0}; }
};

// One disaster that is acted out (catalogue: "Drills"). It gets a sandbox of its own and touches nothing outside of it;
// an error it returns is a failed drill.
struct Drill {
  std::string_view id;  // "D1"
  std::string_view title;
  const Objective& objective;
  bool quick = true;  // takes a second or so
  absl::StatusOr<DrillResult> (*run)(Sandbox& sandbox);
};
std::span<const Drill> AllDrills();
const Drill* FindDrill(std::string_view id);

struct DrillReport {
  std::int64_t began_ms = 0;
  std::int64_t duration_ms = 0;
  struct Entry {
    const Drill* drill;
    DrillResult result;
    bool within_objective() const;
  };
  std::vector<Entry> entries;

  std::size_t Count(DrillOutcome outcome) const;
  // Mean of those that tell one; nullopt when none does.
  std::optional<double> Integrity() const;
};

// Acts out the drills one after the other, each in a new folder below `folder` that is removed afterwards. An error:
// there can be no such folder. Blocks for as long as the drills take; any thread that has no other beside it that
// depends on file descriptors being closed, because some drills start processes of their own.
absl::StatusOr<DrillReport> RunDrills(std::span<const Drill* const> drills, const std::string& folder,
                                      const Clock& clock);

}  // namespace fleet::agent
