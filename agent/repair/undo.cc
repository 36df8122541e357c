#include "agent/repair/undo.h"

#include <map>
#include <utility>

#include "agent/probe/liveness.h"
#include "agent/repair/guards.h"
#include "agent/repair/home_plan.h"
#include "agent/repair/journal.h"
#include "agent/repair/restoration.h"
#include "agent/repair/service_record.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::optional<Refusal> NothingToUndo(const Journal& journal) {
  switch (journal.Stage()) {
    case RootStage::kUndone: return Refusal{"already_undone", "journal " + journal.id() + " has been undone already"};
    case RootStage::kRolledBack:
      return Refusal{"rolled_back", "journal " + journal.id() + " was rolled back; there is nothing to undo"};
    case RootStage::kPrepared:
      return Refusal{"interrupted", "the run of journal " + journal.id() +
                                        " was interrupted or still goes on; `dgmo-agent repair --apply` takes it back"};
    default: return std::nullopt;
  }
}

std::string Absolute(const std::string& root, const std::string& path) { return root + "/" + path; }

bool ToUndo(RootStage stage) { return stage == RootStage::kCommitted || stage == RootStage::kUndoing; }

absl::StatusOr<std::optional<Refusal>> LockAll(const Journal& journal, const std::string& state, RootLocks& locks) {
  for (std::size_t index = 0; index < journal.roots().size(); ++index) {
    const Root& root = journal.roots()[index].root;
    if (!ToUndo(journal.StageOf(index)) || locks.contains(root.path)) continue;
    absl::StatusOr<RootLock> lock = RootLock::Take(root.path, state);
    if (absl::IsUnavailable(lock.status())) return Refusal{"locked", MessageOf(lock.status())};
    if (!lock.ok()) return lock.status();
    locks.emplace(root.path, *std::move(lock));
    if (IsLive(root)) return LiveRefusal(root);
  }
  return std::optional<Refusal>();
}

// All that speaks against it, before anything is touched.
absl::Status FindChanges(const Journal& journal, UndoRun& run) {
  for (std::size_t index = 0; index < journal.roots().size(); ++index) {
    const RootStage stage = journal.StageOf(index);
    if (!ToUndo(stage)) continue;
    const std::string& root = journal.roots()[index].root.path;
    ASSIGN_OR_RETURN(const RootWriter writer, RootWriter::Open(root));
    ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                     ChangedSince(journal, index, writer, stage == RootStage::kUndoing));
    for (const std::string& path : changed) run.changed.push_back(Absolute(root, path));
  }
  return absl::OkStatus();
}

absl::Status TakeBack(Journal& journal, std::size_t index, UndoRun& run) {
  const std::string& root = journal.roots()[index].root.path;
  ASSIGN_OR_RETURN(RootWriter writer, RootWriter::Open(root));
  ASSIGN_OR_RETURN(const Restoration restoration, RestoreRoot(journal, index, writer));
  RETURN_IF_ERROR(journal.Mark(index, RootStage::kUndone));
  for (const std::string& path : restoration.restored) run.restored.push_back(Absolute(root, path));
  for (const std::string& path : restoration.kept) run.kept.push_back(Absolute(root, path));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<UndoRun> UndoJournal(const std::string& state, const std::string& id) {
  UndoRun run;
  run.journal = id;
  absl::StatusOr<Journal> found = Journal::Load(state, id);
  if (absl::IsNotFound(found.status()) && ServiceRecord::Load(state, id).ok()) {
    run.refusal = {"no_files", "run " + id +
                                   " changed no file of a store: what it did to the machine or to services cannot be "
                                   "taken back; `dgmo-agent journal show` says what that was"};
    return run;
  }
  if (!found.ok()) return found.status();
  Journal journal = *std::move(found);
  RootLocks locks;
  ASSIGN_OR_RETURN(run.refusal, LockAll(journal, state, locks));
  if (!run.refusal) run.refusal = NothingToUndo(journal);
  if (run.refusal) return run;
  RETURN_IF_ERROR(FindChanges(journal, run));
  if (!run.changed.empty()) {
    run.refusal = {
        "changed_since_repair",
        std::to_string(run.changed.size()) + " path(s) are no longer as the repair left them; nothing was taken back"};
    return run;
  }
  // First the word that it has begun, of every root: from then on it will be finished.
  for (std::size_t index = 0; index < journal.roots().size(); ++index) {
    if (ToUndo(journal.StageOf(index))) RETURN_IF_ERROR(journal.Mark(index, RootStage::kUndoing));
  }
  for (std::size_t index = 0; index < journal.roots().size(); ++index) {
    if (journal.StageOf(index) == RootStage::kUndoing) RETURN_IF_ERROR(TakeBack(journal, index, run));
  }
  return run;
}

}  // namespace fleet::agent
