#include "agent/cli/command_outcome.h"

#include <spdlog/fmt/fmt.h>

#include <map>
#include <string>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string SummaryOf(const RepairRun& run, const std::map<Outcome, int>& counts) {
  std::string summary;
  for (const auto& [outcome, count] : counts) {
    const bool rolled_back = outcome == Outcome::kRolledBack;
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count,
                           rolled_back ? std::string_view("rolled back") : OutcomeText(outcome));
  }
  if (summary.empty()) summary = "Nothing to repair";
  if (!run.left_alone.empty()) {
    summary += fmt::format("; {} left alone: {}", run.left_alone.size(), run.left_alone.front().why.text);
  }
  return summary;
}

std::string WhyOf(const RepairResult& result) {
  if (result.text.empty()) return result.reason;
  return result.reason.empty() ? result.text : result.reason + ": " + result.text;
}

}  // namespace

CommandOutcome CouldNotRun(std::string_view reason, std::string_view summary) {
  CommandOutcome outcome;
  outcome.result.set_reason(std::string(reason));
  outcome.result.set_summary(ToUtf8(summary));
  return outcome;
}

CommandOutcome OutcomeOf(const absl::StatusOr<RepairRun>& run) {
  if (!run.ok()) return CouldNotRun("could_not_run", MessageOf(run.status()));
  CommandOutcome outcome;
  outcome.result.set_journal_id(run->journal);
  outcome.result.set_total_outcomes(static_cast<int>(run->results.size()));
  std::map<Outcome, int> counts;
  for (const RepairResult& result : run->results) {
    ++counts[result.outcome];
    v1::RepairOutcome& one = *outcome.result.add_outcomes();
    one.set_repair(result.repair);
    one.set_subject_id(ToUtf8(result.subject_id));
    one.set_outcome(std::string(OutcomeText(result.outcome)));
    one.set_reason(ToUtf8(WhyOf(result)));
    one.set_verified(result.verified);
  }
  outcome.result.set_summary(ToUtf8(SummaryOf(*run, counts)));
  if (counts.contains(Outcome::kFailed) || counts.contains(Outcome::kRolledBack)) {
    outcome.result.set_reason("repair_failed");
  } else if (counts.contains(Outcome::kRefused)) {
    outcome.result.set_reason("repair_refused");
  } else {
    outcome.state = v1::COMMAND_STATE_SUCCEEDED;
  }
  return outcome;
}

CommandOutcome OutcomeOf(const absl::StatusOr<UndoRun>& run) {
  if (!run.ok()) {
    const bool missing = run.status().code() == absl::StatusCode::kNotFound;
    return CouldNotRun(missing ? "no_such_journal" : "could_not_run", MessageOf(run.status()));
  }
  if (run->refusal) {
    CommandOutcome outcome = CouldNotRun("undo_refused", run->refusal->reason + ": " + run->refusal->text);
    outcome.result.set_journal_id(run->journal);
    return outcome;
  }
  CommandOutcome outcome;
  outcome.state = v1::COMMAND_STATE_SUCCEEDED;
  outcome.result.set_journal_id(run->journal);
  outcome.result.set_summary(fmt::format("{} files are as they were before", run->restored.size()));
  if (!run->kept.empty()) {
    *outcome.result.mutable_summary() += fmt::format(", {} got newer data and were left", run->kept.size());
  }
  return outcome;
}

}  // namespace fleet::agent
