#include "agent/backup/sessions/restore.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "agent/backup/archive_folder.h"
#include "agent/backup/folders.h"
#include "agent/backup/sessions/choose_backup.h"
#include "agent/backup/sessions/restore_targets.h"
#include "agent/backup/sessions/root_restore.h"
#include "agent/backup/sessions/take_backup.h"
#include "agent/checks/check.h"
#include "agent/probe/environment.h"
#include "agent/probe/inspect.h"
#include "agent/probe/liveness.h"
#include "agent/repair/guards.h"
#include "agent/repair/preparation.h"
#include "agent/repair/recovery.h"
#include "agent/repair/restoration.h"
#include "agent/store/durable_file.h"
#include "agent/store/find_roots.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// More than a journal can describe.
constexpr std::size_t kMostChanges = 300'000;
constexpr char kRepair[] = "R-RESTORE";

// Of each finding about the roots that are restored, with what tells it from others.
using Findings = std::map<std::string, Finding>;

class Restoring {
 public:
  Restoring(const RestoreRequest& request, const Clock& clock, absl::FunctionRef<void(std::chrono::milliseconds)> pause)
      : request_(request), clock_(clock), pause_(pause), now_ms_(ToMillis(clock.Now())) {}

  absl::StatusOr<RestoreRun> Run() {
    const MonoTime began = clock_.Mono();
    RETURN_IF_ERROR(Choose());
    absl::Status status = LockTargets();
    if (status.ok() && !run_.refusal) status = Decide();
    if (status.ok() && !run_.refusal && !request_.plan && ChangesAnything()) status = Do();
    if (!status.ok()) return status;
    for (const RootRestore& restore : restores_) run_.roots.push_back(restore.outcome());
    run_.duration_ms = std::chrono::ceil<std::chrono::milliseconds>(clock_.Mono() - began).count();
    return std::move(run_);
  }

 private:
  absl::Status Choose() {
    ASSIGN_OR_RETURN(ChosenBackup chosen, ChooseBackup(request_));
    run_.notes = std::move(chosen.notes);
    backup_.emplace(std::move(chosen.backup));
    run_.backup = backup_->path();
    run_.made_ms = backup_->manifest().created_ms;
    run_.data_age_ms = std::max<std::int64_t>(0, now_ms_ - run_.made_ms);
    std::vector<Root> roots = request_.target.explicit_roots;
    std::map<std::string, Unreadable> unreadable;
    if (roots.empty()) roots = FindRoots(WithEnvironmentOfProcesses(request_.target.home), unreadable);
    std::erase_if(roots, [](const Root& root) { return root.kind == RootKind::kForeign; });
    ASSIGN_OR_RETURN(targets_, RestoreTargets(request_, *backup_, roots));
    if (request_.session.empty()) return absl::OkStatus();
    return KeepOnlySession(request_.session, *backup_, targets_);
  }

  // Each root that is there: locked, put in order after a crash, and not in use.
  absl::Status LockTargets() {
    for (RestoreTarget& target : targets_) {
      if (!target.exists && !request_.plan) {
        ASSIGN_OR_RETURN(const Directory made, MakeFolders(target.root.path, target.root.owner));
        target.exists = true;
      }
      if (!target.exists) continue;
      absl::StatusOr<RootLock> lock = RootLock::Take(target.root.path, request_.state);
      if (absl::IsUnavailable(lock.status())) {
        run_.refusal = Refusal{"locked", MessageOf(lock.status())};
        return absl::OkStatus();
      }
      if (!lock.ok()) return lock.status();
      locks_.emplace(target.root.path, *std::move(lock));
      if (IsLive(target.root)) {
        run_.refusal = LiveRefusal(target.root);
        return absl::OkStatus();
      }
    }
    const Recovery recovery =
        request_.plan ? FindOpenJournals(request_.state) : RecoverJournals(request_.state, locks_);
    run_.notes.insert(run_.notes.end(), recovery.notes.begin(), recovery.notes.end());
    for (const RestoreTarget& target : targets_) {
      const auto blocked = recovery.blocked.find(target.root.path);
      if (blocked != recovery.blocked.end()) run_.refusal = blocked->second;
    }
    return absl::OkStatus();
  }

  absl::Status Decide() {
    std::int64_t bytes = 0;
    for (RestoreTarget& target : targets_) {
      ASSIGN_OR_RETURN(RootRestore restore, RootRestore::Begin(std::move(target), now_ms_));
      RETURN_IF_ERROR(restore.Decide(request_.keep_existing, request_.configuration, run_.made_ms));
      bytes += restore.bytes_to_write();
      restores_.push_back(std::move(restore));
    }
    targets_.clear();
    for (const RootRestore& restore : restores_) {
      const RestoreTarget& target = restore.target();
      if (run_.refusal || !target.exists || !restore.ChangesAnything()) continue;
      ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(target.root.path));
      run_.refusal = RootRefusal(restore.model(), request_.target.home, directory);
      if (!run_.refusal) run_.refusal = SpaceRefusal(target.root.path, request_.state, bytes);
    }
    return absl::OkStatus();
  }

  bool ChangesAnything() const {
    return std::any_of(restores_.begin(), restores_.end(), [](const RootRestore& r) { return r.ChangesAnything(); });
  }

  absl::Status Do() {
    RETURN_IF_ERROR(SaveWhatIsThere());
    ASSIGN_OR_RETURN(const Findings before, Look());
    ASSIGN_OR_RETURN(Journal journal, Journal::Begin(request_.state, now_ms_));
    std::vector<JournalRoot> roots;
    absl::Status status = Prepare(journal, roots);
    if (status.ok()) status = journal.Prepare(roots, Plans());
    if (!status.ok()) {
      journal.Discard();
      return Annotate(status, "nothing was changed");
    }
    run_.journal = journal.id();
    Change(journal, roots, before);
    DropStaged(journal);
    return absl::OkStatus();
  }

  // A backup of its own, that no later one is built on and that is not taken for a usual one.
  absl::Status SaveWhatIsThere() {
    std::vector<BackupSource> sources;
    for (const RootRestore& restore : restores_) {
      const RestoreTarget& target = restore.target();
      const std::string kind = target.is_configuration ? "config" : std::string(RootKindText(target.root.kind));
      std::string key = target.key.empty() ? "root" : target.key;
      if (restore.ChangesAnything()) sources.push_back({kind, std::move(key), target.root});
    }
    const bool of_home = !request_.target.home.path.empty();
    ASSIGN_OR_RETURN(const ArchiveFolder usual,
                     of_home ? ArchiveFolder::OfHome(request_.target.home) : ArchiveFolder::Named(request_.state));
    ASSIGN_OR_RETURN(ArchiveFolder folder, usual.Below("pre-restore"));
    const BackupOptions options{.state = request_.state, .full = true, .roots_are_locked = true, .reserve_bytes = 0};
    const absl::StatusOr<BackupRun> saved = TakeBackup(sources, folder, options, request_.target.home, now_ms_, pause_);
    // Nothing is there to be saved: an empty home.
    if (absl::IsNotFound(saved.status())) return absl::OkStatus();
    if (!saved.ok()) return Annotate(saved.status(), "what is there now could not be saved, so nothing was changed");
    run_.pre_restore = saved->archive;
    return absl::OkStatus();
  }

  absl::Status Prepare(const Journal& journal, std::vector<JournalRoot>& roots) {
    RETURN_IF_ERROR(MakeFolder(StageFolder(journal)));
    std::map<std::string, RootRestore*> owners;
    std::set<std::string> members;
    for (RootRestore& restore : restores_) {
      for (const std::string& member : restore.Members()) owners[member] = &restore;
    }
    for (const auto& [member, owner] : owners) members.insert(member);
    std::size_t number = 0;
    const auto stage = [&](const std::string& member, std::string_view bytes) {
      return owners.at(member)->Stage(member, bytes, StageFolder(journal) + "/" + std::to_string(number++));
    };
    RETURN_IF_ERROR(backup_->Extract(members, stage));
    std::size_t changes = 0;
    for (std::size_t i = 0; i < restores_.size(); ++i) {
      if (!restores_[i].target().is_configuration) {
        const std::string indexes = StageFolder(journal) + "/indexes-" + std::to_string(i);
        RETURN_IF_ERROR(MakeFolder(indexes));
        RETURN_IF_ERROR(restores_[i].MakeIndexes(indexes));
      }
      ASSIGN_OR_RETURN(JournalRoot root, restores_[i].Changes());
      ASSIGN_OR_RETURN(const RootWriter writer, RootWriter::Open(root.root.path));
      RETURN_IF_ERROR(PrepareRoot(writer, journal, i, now_ms_, root));
      restores_[i].SetTimes(root);
      changes += root.changes.size();
      roots.push_back(std::move(root));
    }
    if (changes <= kMostChanges) return absl::OkStatus();
    return ResourceExhausted(
        "more files than can be taken back again; restore the data roots one by one with --root, "
        "or everything to another folder with --into");
  }

  void Change(Journal& journal, const std::vector<JournalRoot>& roots, const Findings& before) {
    absl::Status status;
    for (std::size_t i = 0; i < roots.size() && status.ok(); ++i) {
      absl::StatusOr<RootWriter> writer = RootWriter::Open(roots[i].root.path);
      status = writer.ok() ? restores_[i].Apply(roots[i], *writer) : writer.status();
      if (status.ok()) status = restores_[i].Verify(roots[i], *writer);
    }
    if (status.ok()) status = Judge(before);
    if (status.ok()) {
      for (std::size_t i = 0; i < roots.size() && status.ok(); ++i) status = journal.Mark(i, RootStage::kCommitted);
    }
    if (!status.ok()) TakeBack(journal, roots, status);
    std::vector<RepairResult> results;
    for (const JournalRoot& root : roots) {
      results.push_back({.repair = kRepair,
                         .root = root.root.path,
                         .subject_id = request_.session,
                         .outcome = status.ok() ? Outcome::kApplied : Outcome::kFailed,
                         .reason = status.ok() ? "" : "not_restored",
                         .text = status.ok() ? "restored from " + run_.backup : MessageOf(status),
                         .verified = status.ok()});
    }
    static_cast<void>(journal.WriteResults(results));  // only tells what happened
  }

  void TakeBack(Journal& journal, const std::vector<JournalRoot>& roots, const absl::Status& why) {
    run_.refusal = Refusal{"not_restored", MessageOf(why) + "; everything is as it was before"};
    for (std::size_t i = 0; i < roots.size(); ++i) {
      absl::StatusOr<RootWriter> writer = RootWriter::Open(roots[i].root.path);
      const bool restored = writer.ok() && RestoreRoot(journal, i, *writer).ok();
      if (restored && journal.Mark(i, RootStage::kRolledBack).ok()) continue;
      run_.refusal->text = MessageOf(why) + "; not everything could be taken back yet, the next run tries again";
    }
  }

  // What the restored data bring with them is told. More damage than the backup had when it was made is a reason to
  // take everything back.
  absl::Status Judge(const Findings& before) {
    ASSIGN_OR_RETURN(const Findings after, Look());
    const auto& known = backup_->manifest().findings;
    std::set<std::string> appeared;
    for (const auto& [fingerprint, finding] : after) {
      if (finding.severity == Severity::kP3 || before.contains(fingerprint)) continue;
      appeared.insert(finding.code);
      const bool damage = finding.severity <= Severity::kP1 && finding.code.find("_JSON_") != std::string::npos;
      if (damage && !(known && known->contains(finding.code))) {
        return DataLoss(finding.code + " appeared on " + ToUtf8(finding.path));
      }
    }
    run_.appeared.assign(appeared.begin(), appeared.end());
    return absl::OkStatus();
  }

  absl::StatusOr<Findings> Look() const {
    Findings findings;
    std::set<std::string> paths;
    for (const RootRestore& restore : restores_) paths.insert(restore.target().root.path);
    ASSIGN_OR_RETURN(const HomeModel model, Inspect(request_.target, pause_));
    for (Finding& finding : CheckHome(model, now_ms_)) {
      if (paths.contains(finding.root)) findings.emplace(finding.fingerprint, std::move(finding));
    }
    return findings;
  }

  std::vector<Plan> Plans() const {
    std::vector<Plan> plans;
    for (const RootRestore& restore : restores_) {
      Plan plan;
      plan.repair = kRepair;
      plan.root = restore.target().root;
      plan.subject_id = request_.session;
      plan.note = "restored from " + ToUtf8(run_.backup) + " of " + TimeText(run_.made_ms);
      plans.push_back(std::move(plan));
    }
    return plans;
  }

  static std::string StageFolder(const Journal& journal) { return journal.folder() + "/new"; }
  static void DropStaged(const Journal& journal) {
    std::error_code ignored;  // only takes room
    std::filesystem::remove_all(StageFolder(journal), ignored);
  }

  const RestoreRequest& request_;
  const Clock& clock_;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause_;
  const std::int64_t now_ms_;
  std::optional<OpenedBackup> backup_;
  std::vector<RestoreTarget> targets_;
  RootLocks locks_;
  std::vector<RootRestore> restores_;
  RestoreRun run_;
};

}  // namespace

absl::StatusOr<RestoreRun> Restore(const RestoreRequest& request, const Clock& clock,
                                   absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  return Restoring(request, clock, pause).Run();
}

}  // namespace fleet::agent
