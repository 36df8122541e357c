#include "agent/repair/engine.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "agent/probe/environment.h"
#include "agent/repair/application.h"
#include "agent/repair/path_change.h"
#include "agent/repair/recovery.h"
#include "agent/repair/service_run.h"
#include "agent/repair/undo.h"
#include "agent/store/find_roots.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

void Lock(const std::string& path, const std::string& state, RootLocks& locks, Recovery& recovery) {
  if (locks.contains(path)) return;
  absl::StatusOr<RootLock> lock = RootLock::Take(path, state);
  if (lock.ok()) {
    locks.emplace(path, *std::move(lock));
  } else {
    const char* reason = absl::IsUnavailable(lock.status()) ? "locked" : "cannot_lock";
    recovery.blocked.emplace(path, Refusal{reason, MessageOf(lock.status())});
  }
}

// Locks what can be locked; what cannot is blocked, with the reason.
void LockRoots(const std::vector<Target>& targets, const std::string& state, RootLocks& locks, Recovery& recovery) {
  for (const Target& target : targets) {
    std::map<std::string, Unreadable> unreadable;  // Inspect reports these
    const std::vector<Root> roots = target.explicit_roots.empty()
                                        ? FindRoots(WithEnvironmentOfProcesses(target.home), unreadable)
                                        : target.explicit_roots;
    for (const Root& root : roots) {
      if (root.kind != RootKind::kForeign) Lock(root.path, state, locks, recovery);
    }
    if (!target.home.path.empty()) Lock(target.home.path, state, locks, recovery);
  }
}

RepairRun Summarise(const std::vector<HomePlan>& homes) {
  RepairRun run;
  for (const HomePlan& home : homes) {
    for (const RootPlan& root : home.roots) {
      run.plans.insert(run.plans.end(), root.plans.begin(), root.plans.end());
      run.uncovered.insert(run.uncovered.end(), root.uncovered.begin(), root.uncovered.end());
    }
    run.plans.insert(run.plans.end(), home.refused.begin(), home.refused.end());
    run.left_alone.insert(run.left_alone.end(), home.left_alone.begin(), home.left_alone.end());
  }
  for (const Plan& plan : run.plans) run.backup_bytes.push_back(BackupBytes(plan));
  return run;
}

template <typename T>
void Append(std::vector<T> more, std::vector<T>& list) {
  std::move(more.begin(), more.end(), std::back_inserter(list));
}

}  // namespace

RepairEngine::RepairEngine(const Clock& clock, Options options) : clock_(clock), options_(std::move(options)) {
  // Journals name places in it, and are followed later from other working directories.
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(options_.state, error);
  if (!error) options_.state = absolute.lexically_normal().string();
  while (options_.state.size() > 1 && options_.state.back() == '/') options_.state.pop_back();
}

absl::StatusOr<RepairRun> RepairEngine::Plan(const std::vector<Target>& targets, const RepairSelection& selection) {
  return Run(targets, selection, false);
}

absl::StatusOr<RepairRun> RepairEngine::Apply(const std::vector<Target>& targets, const RepairSelection& selection) {
  return Run(targets, selection, true);
}

absl::StatusOr<RepairRun> RepairEngine::Run(const std::vector<Target>& targets, const RepairSelection& selection,
                                            bool apply) {
  RootLocks locks;
  Recovery blocked;
  LockRoots(targets, options_.state, locks, blocked);
  for (const auto& [root, lock] : locks) {
    const bool is_home = std::any_of(targets.begin(), targets.end(),
                                     [&path = root](const Target& target) { return target.home.path == path; });
    if (is_home || !(options_.state + "/").starts_with(root + "/")) continue;
    return InvalidArgument("the state folder " + ToUtf8(options_.state) + " lies in the data root " + ToUtf8(root) +
                           "; name another with --state");
  }
  Recovery recovery = apply ? RecoverJournals(options_.state, locks) : FindOpenJournals(options_.state);
  recovery.blocked.merge(blocked.blocked);

  FailureCounter failures(options_.state);
  const std::int64_t now_ms = ToMillis(clock_.Now());
  const auto pause = [this](std::chrono::milliseconds duration) { options_.pause(duration); };
  const PlanningContext context = {.selection = selection,
                                   .repairs = options_.repairs,
                                   .services = options_.services,
                                   .failures = failures,
                                   .state = options_.state,
                                   .locks = locks,
                                   .blocked = recovery.blocked,
                                   .now_ms = now_ms,
                                   .pause = pause};
  std::vector<HomePlan> homes;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomePlan home, PlanHome(target, context));
    homes.push_back(std::move(home));
  }
  RepairRun run = Summarise(homes);
  run.notes = std::move(recovery.notes);
  DirectProbeRunner direct;
  ServiceRun services({.repairs = options_.services,
                       .selection = selection,
                       .settings = options_.settings,
                       .probes = options_.probes == nullptr ? direct : *options_.probes,
                       .failures = failures,
                       .state = options_.state,
                       .clock = clock_,
                       .pause = pause});
  services.Prepare(homes, apply);
  if (apply) {
    Application application(options_.state, now_ms, failures, pause);
    ASSIGN_OR_RETURN(run.results, application.Run(homes));
    run.journal = application.journal_id();
    if (run.journal.empty() && services.HasWork()) run.journal = Journal::NewId(now_ms);
    Append(services.Apply(run.journal), run.results);
  }
  Append(services.plans(), run.plans);
  run.backup_bytes.resize(run.plans.size());
  Append(services.left_alone(), run.left_alone);
  Append(services.notes(), run.notes);
  return run;
}

absl::StatusOr<UndoRun> RepairEngine::Undo(const std::string& journal_id) {
  return UndoJournal(options_.state, journal_id);
}

}  // namespace fleet::agent
