#include "agent/repair/application.h"

#include <algorithm>
#include <utility>

#include "agent/checks/check.h"
#include "agent/probe/liveness.h"
#include "agent/repair/guards.h"
#include "agent/repair/preparation.h"
#include "agent/repair/restoration.h"
#include "agent/repair/verification.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

Refusal RefusalOf(const absl::Status& status) {
  const auto reason = [&] {
    switch (status.code()) {
      case absl::StatusCode::kAborted: return "changed_since_plan";
      case absl::StatusCode::kResourceExhausted: return "no_space";
      case absl::StatusCode::kPermissionDenied: return "no_permission";
      case absl::StatusCode::kDataLoss: return "io_error_seen";
      default: return "cannot_write";
    }
  };
  return {reason(), MessageOf(status)};
}

absl::Status Make(const PathChange& change, RootWriter& writer) {
  if (change.only_access()) {
    return writer.SetAccess(change.path, change.access->after.mode, change.access->after.uid, change.before);
  }
  if (change.removes_directory()) return writer.RemoveEmptyDirectory(change.path);
  switch (change.after.kind) {
    case PathState::Kind::kFile: return writer.Write(change.path, change.bytes, change.attributes, change.before);
    case PathState::Kind::kDirectory: return writer.MakeDirectory(change.path, change.attributes);
    default: return writer.MoveOut(change.path, change.quarantine, change.before);
  }
}

}  // namespace

Application::Application(std::string state, std::int64_t now_ms, FailureCounter& failures,
                         absl::FunctionRef<void(std::chrono::milliseconds)> pause)
    : state_(std::move(state)), now_ms_(now_ms), failures_(failures), pause_(pause) {}

absl::StatusOr<std::vector<RepairResult>> Application::Run(const std::vector<HomePlan>& homes) {
  for (const HomePlan& home : homes) {
    for (const Plan& plan : home.refused) Record(plan, Outcome::kRefused, *plan.refusal);
    for (const RootPlan& root : home.roots) RETURN_IF_ERROR(TakeOn(home, root));
  }
  if (works_.empty()) return results_;
  RETURN_IF_ERROR(BackUp());
  if (!journal_) return results_;
  for (RootWork& work : works_) {
    if (!work.settled) Change(work);
  }
  for (const HomePlan& home : homes) Verify(home);
  RETURN_IF_ERROR(journal_->WriteResults(results_));
  return results_;
}

absl::Status Application::TakeOn(const HomePlan& home, const RootPlan& root) {
  std::vector<Plan> plans;
  for (const Plan& plan : root.plans) {
    if (plan.refusal) {
      Record(plan, Outcome::kRefused, *plan.refusal);
    } else {
      plans.push_back(plan);
    }
  }
  if (plans.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(RootWriter writer, RootWriter::Open(root.root.path));
  works_.push_back(
      {.home = &home, .root = &root, .journal = works_.size(), .plans = std::move(plans), .writer = std::move(writer)});
  return absl::OkStatus();
}

// Leaves no journal when no root can be backed up.
absl::Status Application::BackUp() {
  ASSIGN_OR_RETURN(Journal journal, Journal::Begin(state_, now_ms_));
  std::vector<JournalRoot> roots;
  std::vector<Plan> plans;
  for (RootWork& work : works_) {
    JournalRoot root{.root = work.root->root, .changes = FoldSteps(work.plans)};
    if (!work.root->live && IsLive(root.root)) {
      RefuseAll(work, LiveRefusal(root.root));
    } else if (const auto status = PrepareRoot(work.writer, journal, work.journal, now_ms_, root); !status.ok()) {
      RefuseAll(work, RefusalOf(status));
    } else {
      plans.insert(plans.end(), work.plans.begin(), work.plans.end());
    }
    if (work.settled) root.changes.clear();
    roots.push_back(std::move(root));
  }
  const bool none = std::all_of(works_.begin(), works_.end(), [](const RootWork& work) { return work.settled; });
  absl::Status status = none ? absl::OkStatus() : journal.Prepare(std::move(roots), plans);
  if (none || !status.ok()) {
    journal.Discard();
    return status;
  }
  journal_ = std::move(journal);
  for (const RootWork& work : works_) {
    if (work.settled) RETURN_IF_ERROR(journal_->Mark(work.journal, RootStage::kRolledBack));
  }
  return absl::OkStatus();
}

void Application::Change(RootWork& work) {
  for (const PathChange& change : journal_->roots()[work.journal].changes) {
    const absl::Status status = Make(change, work.writer);
    if (!status.ok()) return Fail(work, change.plan, RefusalOf(status));
  }
  const absl::Status status = work.writer.RemoveStaging();
  if (!status.ok()) Fail(work, -1, RefusalOf(status));
}

void Application::Verify(const HomePlan& home) {
  const auto pending = [&](const RootWork& work) { return work.home == &home && !work.settled; };
  if (std::none_of(works_.begin(), works_.end(), pending)) return;
  const absl::StatusOr<HomeModel> model = ReadHome(home.target, pause_);
  std::vector<Finding> after;
  if (model.ok()) after = CheckHome(*model, now_ms_);
  for (RootWork& work : works_) {
    if (!pending(work)) continue;
    if (!model.ok()) {
      Fail(work, -1, {"not_verified", "the result could not be read: " + MessageOf(model.status())});
      continue;
    }
    const Evidence evidence = {.before = home.findings,
                               .uncovered = work.root->uncovered,
                               .after = after,
                               .hidden = HiddenPaths(home.model, home.findings),
                               .found = FoundProjects(home.model, *model)};
    Settle(work, JudgePlans(work.root->root.path, work.plans, evidence));
  }
}

void Application::Settle(RootWork& work, const std::vector<std::string>& failures) {
  const bool good = std::all_of(failures.begin(), failures.end(), [](const std::string& why) { return why.empty(); });
  if (good) {
    const absl::Status status = journal_->Mark(work.journal, RootStage::kCommitted);
    if (!status.ok()) return Fail(work, -1, RefusalOf(status));
  } else {
    TakeBack(work);
  }
  work.settled = true;
  for (std::size_t i = 0; i < work.plans.size(); ++i) {
    const Plan& plan = work.plans[i];
    if (good) {
      Record(plan, Outcome::kApplied, {});
    } else if (failures[i].empty()) {
      Record(plan, Outcome::kRolledBack,
             {"others_failed", "taken back together with a repair that failed in this root"});
    } else {
      Record(plan, Outcome::kFailed, {"not_cured", failures[i]});
    }
  }
}

// A change could not be made or the whole not be verified; -1: no plan in particular is to blame.
void Application::Fail(RootWork& work, int offender, const Refusal& why) {
  TakeBack(work);
  work.settled = true;
  for (std::size_t i = 0; i < work.plans.size(); ++i) {
    const bool to_blame = offender < 0 || static_cast<std::size_t>(offender) == i;
    if (!to_blame) {
      Record(work.plans[i], Outcome::kRolledBack, {"others_failed", why.text});
    } else {
      // Somebody else's write is no failure of the repair: it may be tried again at once.
      Record(work.plans[i], why.reason == "changed_since_plan" ? Outcome::kRefused : Outcome::kFailed, why);
    }
  }
}

// What cannot be taken back now stays prepared in the journal, and the next run tries again.
void Application::TakeBack(RootWork& work) {
  const absl::StatusOr<Restoration> restored = RestoreRoot(*journal_, work.journal, work.writer);
  if (restored.ok()) static_cast<void>(journal_->Mark(work.journal, RootStage::kRolledBack));
}

void Application::RefuseAll(RootWork& work, const Refusal& why) {
  work.settled = true;
  for (const Plan& plan : work.plans) Record(plan, Outcome::kRefused, why);
}

void Application::Record(const Plan& plan, Outcome outcome, Refusal why) {
  RepairResult result{.repair = plan.repair,
                      .root = plan.root.path,
                      .subject_id = plan.subject_id,
                      .outcome = outcome,
                      .reason = std::move(why.reason),
                      .text = std::move(why.text),
                      .verified = outcome == Outcome::kApplied};
  if (outcome == Outcome::kApplied) result.text = plan.note;
  // The counter only guards against trying for ever; that it cannot be written must not fail a repair.
  if (outcome == Outcome::kApplied) static_cast<void>(failures_.Clear(plan.repair, plan.root.path, plan.subject_id));
  if (outcome == Outcome::kFailed) static_cast<void>(failures_.Add(plan.repair, plan.root.path, plan.subject_id));
  results_.push_back(std::move(result));
}

}  // namespace fleet::agent
