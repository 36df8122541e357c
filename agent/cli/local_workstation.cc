#include "agent/cli/local_workstation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/backup/sessions/home_backup.h"
#include "agent/checks/check.h"
#include "agent/cli/command_outcome.h"
#include "agent/drill/history.h"
#include "agent/probe/access_probe.h"
#include "agent/probe/count_memory.h"
#include "agent/probe/examine.h"
#include "agent/probe/inspect.h"
#include "agent/probe/self_limits.h"
#include "agent/repair/engine.h"
#include "agent/repair/expired_state.h"
#include "agent/repair/recovery.h"
#include "agent/store/durable_file.h"
#include "agent/store/scan.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

v1::RootFacts FactsOf(const Root& root) {
  v1::RootFacts facts;
  facts.set_kind(std::string(RootKindText(root.kind)));
  facts.set_path(ToUtf8(root.path));
  return facts;
}

v1::RootFacts FactsOf(const RootModel& model) {
  v1::RootFacts facts = FactsOf(model.root);
  facts.set_sessions(static_cast<std::int64_t>(model.sessions.size()));
  std::int64_t messages = 0;
  for (const auto& [id, conversation] : model.conversations) messages += conversation.messages;
  facts.set_messages(messages);
  return facts;
}

void AddFindings(std::vector<Finding> findings, const std::vector<std::string>& unknown, Examination& seen) {
  std::move(findings.begin(), findings.end(), std::back_inserter(seen.findings));
  seen.unknown.insert(seen.unknown.end(), unknown.begin(), unknown.end());
}

// The probes take long; a configuration that is saved again and again does not start them as often.
constexpr std::chrono::seconds kBetweenProbes{5};

std::vector<std::string> List(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

LocalWorkstation::LocalWorkstation(const Clock& clock, std::vector<Target> targets, std::string state,
                                   CheckSettings settings, ProbeRunner& probes)
    : clock_(clock),
      targets_(std::move(targets)),
      state_(std::move(state)),
      settings_(std::move(settings)),
      probes_(probes) {
  settings_.state_folder = state_;
  for (const Target& target : targets_) homes_.emplace_back(clock_, target);
}

Examination LocalWorkstation::Examine(const Scope& scope) {
  const std::chrono::nanoseconds began = ThreadCpuTime();
  std::set<std::string> changed = scope.changed;
  changed.merge(std::exchange(doubtful_, {}));
  Examination seen;
  // Not a probe that could be left out: an agent that does not look at the stores is none.
  BringUpToDate(scope, std::move(changed));
  // Another configuration means other servers and other rules.
  for (const std::string& path : scope.changed) {
    for (const LiveHome& home : homes_) probe_soon_ |= home.IsConfiguration(path);
  }
  const bool may_probe = clock_.Mono() - probed_ >= kBetweenProbes;
  const bool probed = scope.everything || (probe_soon_ && may_probe);
  if (probed) Probe();
  const std::vector<Finding> about_machine = CheckMachine(machine_, ToMillis(clock_.Now()), settings_);
  AddFindings(about_machine, machine_.unknown, seen);
  for (const LiveHome& home : homes_) AddHome(home, about_machine, seen);
  if (probed) RememberCounts();
  Settle(seen);
  if (scope.everything) seen.last_drill = LastDrillFacts();
  if (scope.everything) RetireOldJournals();
  if (scope.everything) seen.rest = IntervalAfter(ThreadCpuTime() - began, std::chrono::milliseconds(0), SelfLimits());
  TrimMemory();
  return seen;
}

// Every store at intervals and after a repair, else only what changed.
void LocalWorkstation::BringUpToDate(const Scope& scope, std::set<std::string> changed) {
  const bool every_file = std::exchange(repaired_, false);
  for (LiveHome& home : homes_) {
    if (scope.stores || every_file) {
      home.Sweep(every_file);
      home.ReadSlice();
    }
    home.Refresh(changed);
    if (!home.status().ok()) spdlog::warn("check_failed error=\"{}\"", ToPrintable(MessageOf(home.status())));
  }
  if (scope.stores || every_file) CountRights();
}

std::optional<v1::DrillFacts> LocalWorkstation::LastDrillFacts() const {
  const std::optional<PastDrill> last = LastDrill(state_);
  if (!last) return std::nullopt;
  v1::DrillFacts facts;
  facts.set_began_ms(last->began_ms);
  facts.set_all(last->full);
  facts.set_passed(last->passed);
  facts.set_failed(last->failed);
  facts.set_skipped(last->skipped);
  return facts;
}

// Who may do what is told by a stat of every entry: the larger the stores, the rarer.
void LocalWorkstation::CountRights() {
  constexpr int kShare = 10'000;
  const MonoTime begin = clock_.Mono();
  if (begin < rights_due_) return;
  for (LiveHome& home : homes_) {
    for (RootModel& root : home.model().roots) root.access = TakeCensus(root.root);
    ProbeAccess(home.model());
  }
  rights_due_ = begin + kShare * (clock_.Mono() - begin);
}

void LocalWorkstation::Probe() {
  // The facts go from home to machine as one list.
  std::vector<HomeModel> models;
  for (LiveHome& home : homes_) {
    if (!home.status().ok()) continue;
    home.model().unknown.clear();
    ProbeHome(settings_, probes_, home.model());
    models.push_back(std::move(home.model()));
  }
  machine_ = ProbeMachine(settings_, probes_, models);
  auto model = models.begin();
  for (LiveHome& home : homes_) {
    if (home.status().ok()) home.model() = std::move(*model++);
  }
  probed_ = clock_.Mono();
  probe_soon_ = false;
}

// After the rules have compared with what was remembered.
void LocalWorkstation::RememberCounts() const {
  const CountMemory before = ReadCountMemory(state_);
  CountMemory memory = before;
  for (const LiveHome& home : homes_) {
    if (home.model().qdrant) Remember(*home.model().qdrant, settings_, ToMillis(clock_.Now()), memory);
  }
  if (memory == before) return;
  const absl::Status written = WriteDurably(state_ + "/" + CountMemory::kFileName, CountMemoryText(memory));
  if (!written.ok()) spdlog::warn("counts_not_remembered error=\"{}\"", ToPrintable(MessageOf(written)));
}

void LocalWorkstation::AddHome(const LiveHome& live, std::span<const Finding> about_machine, Examination& seen) const {
  const HomeModel& home = live.model();
  if (!live.status().ok()) {
    // What was found there stays as it was.
    if (!home.home.path.empty()) seen.unknown.push_back(home.home.path);
    for (const Root& root : live.target().explicit_roots) seen.unknown.push_back(root.path);
    return;
  }
  AddFindings(CheckHome(home, ToMillis(clock_.Now()), settings_, about_machine), home.unknown, seen);
  for (const auto& [path, why] : home.unreadable) seen.unknown.push_back(path);
  for (const RootModel& root : home.roots) {
    seen.roots.push_back(FactsOf(root));
    for (const auto& [path, why] : root.unreadable) {
      seen.unknown.push_back(path.empty() ? root.root.path : root.root.path + "/" + path);
    }
  }
  for (const Root& root : home.foreign) seen.roots.push_back(FactsOf(root));
}

// What may be half done where a dgmo works is neither a finding nor the end of one until it has been looked at again.
void LocalWorkstation::Settle(Examination& seen) {
  std::set<std::string> live;
  std::optional<MonoTime> again;
  for (const LiveHome& home : homes_) {
    AddLivePlaces(home.model(), live);
    again = Earlier(again, home.due());
  }
  const MonoTime now = clock_.Mono();
  Settling::Result settled = settling_.Take(std::move(seen.findings), live, now);
  seen.findings = std::move(settled.findings);
  seen.unknown.insert(seen.unknown.end(), settled.unknown.begin(), settled.unknown.end());
  doubtful_ = std::move(settled.unknown);
  again = Earlier(again, settled.look_at);
  if (probe_soon_) again = Earlier(again, probed_ + kBetweenProbes);
  if (unasked_) {
    const UnaskedRepairs::Outlook outlook = unasked_->Consider(seen.findings, live, seen.unknown);
    seen.repair_due = outlook.due;
    if (outlook.look_again) again = Earlier(again, now + *outlook.look_again);
  }
  if (again)
    seen.look_again = std::chrono::ceil<std::chrono::milliseconds>(std::max(*again - now, MonoTime::duration(0)));
}

void LocalWorkstation::AllowUnasked(UnaskedRepairs::Parts parts) {
  parts.run = [this](const RepairSelection& selection, bool apply) { return Repair(selection, apply); };
  unasked_.emplace(std::move(parts));
}

void LocalWorkstation::RepairUnasked() {
  if (!unasked_) return;
  repaired_ = true;
  unasked_->Run();
}

void LocalWorkstation::TakeBackInterrupted() {
  RootLocks none;
  for (const std::string& note : RecoverJournals(state_, none).notes) {
    spdlog::warn("interrupted_repair what=\"{}\"", ToPrintable(note));
  }
}

// Once a day.
void LocalWorkstation::RetireOldJournals() {
  if (clock_.Mono() < retire_due_) return;
  retire_due_ = clock_.Mono() + std::chrono::hours(24);
  std::size_t removed = 0;
  for (const ExpiredState& expired : FindExpiredState(state_, ToMillis(clock_.Now()))) {
    removed += RemoveExpiredState(expired) ? 1 : 0;
  }
  if (removed > 0) spdlog::info("old_journals_removed count={}", removed);
}

CommandOutcome LocalWorkstation::Run(const v1::Action& action) {
  repaired_ = true;
  if (action.has_repair()) return Repair(action.repair());
  if (action.has_undo()) return Undo(action.undo());
  return CouldNotRun("unknown_action", "This version of the agent does not know that action; install a newer one");
}

CommandOutcome LocalWorkstation::Repair(const v1::RepairAction& action) const {
  RepairSelection selection;
  selection.repairs = List(action.repairs());
  selection.codes = List(action.codes());
  selection.session_id = action.session_id();
  selection.consent = List(action.consent());
  if (selection.repairs == std::vector<std::string>{"R-BACKUP"}) return BackUp();
  return OutcomeOf(Repair(selection, true));
}

absl::StatusOr<RepairRun> LocalWorkstation::Repair(const RepairSelection& selection, bool apply) const {
  RepairEngine::Options options;
  options.state = state_;
  options.services = AllServiceRepairs();
  options.settings = settings_;
  options.probes = &probes_;
  options.pause = SleepFor;
  RepairEngine engine(clock_, std::move(options));
  return apply ? engine.Apply(targets_, selection) : engine.Plan(targets_, selection);
}

// It changes no root and there is nothing to take back, so the engine has no part in it.
CommandOutcome LocalWorkstation::BackUp() const {
  const std::string folder = settings_.backup_folders.empty() ? "" : settings_.backup_folders.front();
  RepairRun run;
  for (const Target& target : targets_) {
    const BackupOptions options{.state = state_, .only_if_changed = true};
    const absl::StatusOr<BackupRun> taken = BackUpTarget(target, folder, options, clock_, SleepFor);
    run.results.push_back({.repair = "R-BACKUP",
                           .root = target.home.path,
                           .subject_id = "",
                           .outcome = taken.ok() ? Outcome::kApplied : Outcome::kFailed,
                           .reason = taken.ok() ? "" : "not_saved",
                           .text = taken.ok() ? taken->archive : MessageOf(taken.status()),
                           .verified = taken.ok()});
  }
  return OutcomeOf(absl::StatusOr<RepairRun>(std::move(run)));
}

CommandOutcome LocalWorkstation::Undo(const v1::UndoAction& action) const {
  RepairEngine::Options options;
  options.state = state_;
  options.pause = SleepFor;
  RepairEngine engine(clock_, std::move(options));
  return OutcomeOf(engine.Undo(action.journal_id()));
}

}  // namespace fleet::agent
