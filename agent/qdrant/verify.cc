#include "agent/qdrant/verify.h"

#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/temporary.h"
#include "agent/qdrant/upload.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

absl::Status Restore(const QdrantScene& scene, SnapshotVerification& verification) {
  StoredSnapshot& stored = verification.stored;
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  RETURN_IF_ERROR(ClearLeftovers(scene, journal));
  const std::int64_t now_ms = ToMillis(scene.clock.Now());
  const std::string temporary = TemporaryName(stored.collection, now_ms);
  ASSIGN_OR_RETURN(const auto there, scene.admin.Find(temporary));
  if (there) return Refuse("busy", "another agent verifies or restores just now; try again");
  ASSIGN_OR_RETURN(const OperationRecord record, journal.Begin({.kind = "verify",
                                                                .address = scene.target.address,
                                                                .collection = stored.collection,
                                                                .temporary = temporary,
                                                                .step = "restoring",
                                                                .created_ms = now_ms}));
  const absl::Status restored = RestoreInto(scene.admin, temporary, stored);
  // A server that is slow may go on: what it makes is removed by the next operation.
  if (ReasonOf(restored) == "timeout" || ReasonOf(restored) == "connection_closed") return restored;
  const absl::StatusOr<std::int64_t> count = restored.ok() ? scene.admin.Count(temporary) : restored;
  RETURN_IF_ERROR(scene.admin.Delete(temporary));
  RETURN_IF_ERROR(journal.Forget(record));
  if (ReasonOf(restored) == "rejected") {
    stored.state = BackupState::kCorrupt;
    stored.problem = MessageOf(restored);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(count.status());
  verification.was_restored = true;
  verification.restored_points = *count;
  if (stored.points && *count < *stored.points) {
    stored.state = BackupState::kCorrupt;
    stored.problem =
        "restored it has " + std::to_string(*count) + " points, its manifest counts " + std::to_string(*stored.points);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SnapshotVerification> VerifySnapshotFile(const QdrantScene* scene, const std::string& path, bool deep) {
  SnapshotVerification verification;
  ASSIGN_OR_RETURN(verification.stored, VerifyStored(path));
  if (deep && verification.stored.state == BackupState::kGood) {
    RETURN_IF_ERROR(Annotate(Restore(*scene, verification), ToUtf8(path)));
  }
  return verification;
}

}  // namespace fleet::agent
