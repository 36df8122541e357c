#include "agent/drill/drill.h"

#include <algorithm>

#include "common/status.h"

namespace fleet::agent {

namespace {

DrillResult RunOne(const Drill& drill, const SandboxFolder& place, const Clock& clock) {
  const MonoTime began = clock.Mono();
  absl::StatusOr<DrillResult> result = place.Act<DrillResult>(clock, drill.run);
  DrillResult told = result.ok() ? *std::move(result) : DrillResult::Failed(MessageOf(result.status()));
  told.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.Mono() - began).count();
  return told;
}

}  // namespace

std::string_view OutcomeText(DrillOutcome outcome) {
  switch (outcome) {
    case DrillOutcome::kPass: return "PASS";
    case DrillOutcome::kFail: return "FAIL";
    case DrillOutcome::kSkip: return "SKIP";
  }
  return "";
}

bool DrillReport::Entry::within_objective() const {
  const Objective& objective = drill->objective;
  return result.rto_ms.value_or(0) <= objective.rto_ms && result.rpo_ms.value_or(0) <= objective.rpo_ms;
}

std::size_t DrillReport::Count(DrillOutcome outcome) const {
  return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(),
                                                [&](const Entry& entry) { return entry.result.outcome == outcome; }));
}

std::optional<double> DrillReport::Integrity() const {
  double sum = 0;
  int told = 0;
  for (const Entry& entry : entries) {
    if (!entry.result.integrity) continue;
    sum += *entry.result.integrity;
    ++told;
  }
  if (told == 0) return std::nullopt;
  return sum / told;
}

absl::StatusOr<DrillReport> RunDrills(std::span<const Drill* const> drills, const std::string& folder,
                                      const Clock& clock) {
  DrillReport report;
  report.began_ms = ToMillis(clock.Now());
  const MonoTime began = clock.Mono();
  for (const Drill* drill : drills) {
    ASSIGN_OR_RETURN(const SandboxFolder place, SandboxFolder::Make(folder));
    report.entries.push_back({drill, RunOne(*drill, place, clock)});
  }
  report.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.Mono() - began).count();
  return report;
}

}  // namespace fleet::agent
