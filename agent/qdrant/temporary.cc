#include "agent/qdrant/temporary.h"

#include <algorithm>

#include "common/status.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kMark = "__dr_";

}  // namespace

std::string TemporaryName(const std::string& collection, std::int64_t now_ms) {
  std::string time = TimeNameText(now_ms);
  std::erase(time, '-');
  return collection + std::string(kMark) + time;
}

bool IsTemporary(std::string_view collection) {
  const auto mark = collection.rfind(kMark);
  if (mark == std::string_view::npos || mark == 0) return false;
  const std::string_view time = collection.substr(mark + kMark.size());
  return time.size() == 15 && time.find_first_not_of("0123456789_") == std::string_view::npos;
}

absl::Status ClearLeftovers(const QdrantScene& scene, const OperationJournal& journal) {
  ASSIGN_OR_RETURN(const std::vector<OperationRecord> records, journal.Unfinished(scene.target.address));
  for (const OperationRecord& record : records) {
    if (record.kind != "verify" && record.kind != "restore") continue;
    if (IsTemporary(record.temporary)) RETURN_IF_ERROR(scene.admin.Delete(record.temporary));
    RETURN_IF_ERROR(journal.Forget(record));
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
