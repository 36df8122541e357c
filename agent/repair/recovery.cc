#include "agent/repair/recovery.h"

#include <optional>

#include "agent/probe/liveness.h"
#include "agent/repair/guards.h"
#include "agent/repair/journal.h"
#include "agent/repair/restoration.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool IsOpen(RootStage stage) { return stage == RootStage::kPrepared || stage == RootStage::kUndoing; }

// Readable journals that are not finished.
std::vector<Journal> OpenJournals(const std::string& state, Recovery& recovery) {
  std::vector<Journal> open;
  const absl::StatusOr<std::vector<std::string>> ids = Journal::Ids(state);
  if (!ids.ok()) {
    recovery.notes.push_back(MessageOf(ids.status()));
    return open;
  }
  for (const std::string& id : *ids) {
    absl::StatusOr<Journal> journal = Journal::Load(state, id);
    if (journal.ok()) {
      if (journal->IsOpen()) open.push_back(*std::move(journal));
    } else if (Journal::HasManifest(state, id)) {
      recovery.notes.push_back(MessageOf(journal.status()));
    }
  }
  return open;
}

std::string KeptNote(const Journal& journal, const std::string& path) {
  return ToUtf8(path) + " has been changed since the interrupted run " + journal.id() +
         " and was kept; what was there before is in " + ToUtf8(journal.folder()) + "/backup";
}

absl::Status RecoverRoot(Journal& journal, std::size_t index, Recovery& recovery) {
  const std::string& root = journal.roots()[index].root.path;
  const RootStage stage = journal.StageOf(index);
  if (!IsOpen(stage)) return absl::OkStatus();  // its own run ended meanwhile
  absl::StatusOr<RootWriter> writer = RootWriter::Open(root);
  if (!writer.ok()) return writer.status();
  ASSIGN_OR_RETURN(const Restoration restoration, RestoreRoot(journal, index, *writer));
  RETURN_IF_ERROR(journal.Mark(index, stage == RootStage::kUndoing ? RootStage::kUndone : RootStage::kRolledBack));
  recovery.notes.push_back(std::string(stage == RootStage::kUndoing ? "finished the interrupted undo of "
                                                                    : "took back the interrupted run ") +
                           journal.id() + " in " + ToUtf8(root));
  for (const std::string& path : restoration.kept) {
    recovery.notes.push_back(KeptNote(journal, std::string(root).append("/").append(path)));
  }
  return absl::OkStatus();
}

std::optional<Refusal> LockAndRecover(Journal& journal, std::size_t index, const std::string& state, RootLocks& locks,
                                      Recovery& recovery) {
  const Root& root = journal.roots()[index].root;
  std::optional<RootLock> own;
  if (!locks.contains(root.path)) {
    absl::StatusOr<RootLock> lock = RootLock::Take(root.path, state);
    if (absl::IsUnavailable(lock.status())) return Refusal{"locked", MessageOf(lock.status())};
    if (!lock.ok()) return Refusal{"recovery_incomplete", MessageOf(lock.status())};
    own = *std::move(lock);
  }
  if (!IsOpen(journal.StageOf(index))) return std::nullopt;
  if (IsLive(root)) return LiveRefusal(root);
  const absl::Status status = RecoverRoot(journal, index, recovery);
  if (status.ok()) return std::nullopt;
  return Refusal{"recovery_incomplete",
                 "the interrupted run " + journal.id() + " could not be taken back: " + MessageOf(status)};
}

}  // namespace

Recovery RecoverJournals(const std::string& state, RootLocks& locks) {
  Recovery recovery;
  for (Journal& journal : OpenJournals(state, recovery)) {
    for (std::size_t index = 0; index < journal.roots().size(); ++index) {
      if (!IsOpen(journal.StageOf(index))) continue;
      std::optional<Refusal> refusal = LockAndRecover(journal, index, state, locks, recovery);
      if (!refusal) continue;
      recovery.notes.push_back(refusal->text);
      recovery.blocked.emplace(journal.roots()[index].root.path, *std::move(refusal));
    }
  }
  return recovery;
}

Recovery FindOpenJournals(const std::string& state) {
  Recovery recovery;
  for (const Journal& journal : OpenJournals(state, recovery)) {
    recovery.notes.push_back("the run " + journal.id() +
                             " was interrupted, or is still going on; --apply first takes back what is half done");
  }
  return recovery;
}

}  // namespace fleet::agent
