#include "agent/qdrant/revector_record.h"

#include "agent/qdrant/temporary.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool IsWhole(const OperationRecord& record) {
  const auto has = [&](const char* name, bool (nlohmann::ordered_json::*is)() const noexcept) {
    const auto found = record.data.find(name);
    return found != record.data.end() && ((*found).*is)();
  };
  using Ordered = nlohmann::ordered_json;
  const bool is_planned = has("from", &Ordered::is_string) && has("to", &Ordered::is_string) &&
                          has("body", &Ordered::is_object) && has("indexes", &Ordered::is_object) &&
                          has("aliases", &Ordered::is_array) && IsTemporary(record.temporary);
  const bool is_saved = record.step == kPlanned || has("snapshot", &Ordered::is_string);
  const bool is_copied = record.step != kSwitching ||
                         (has("round", &Ordered::is_number_integer) && has("points", &Ordered::is_number_integer));
  return is_planned && is_saved && is_copied;
}

}  // namespace

absl::StatusOr<std::optional<OperationRecord>> UnfinishedRevector(const QdrantScene& scene,
                                                                  std::vector<OperationRecord> records) {
  for (OperationRecord& record : records) {
    if (record.kind != kRevector || record.collection != scene.target.collection) continue;
    if (IsWhole(record)) return std::move(record);
    return DataLoss("the record of the unfinished conversion " + ToUtf8(record.id) + " below " + ToUtf8(scene.state) +
                    "/qdrant is damaged; its folder has the points that were saved");
  }
  return std::nullopt;
}

std::string PointsFile(const OperationJournal& journal, const OperationRecord& record, std::int64_t round) {
  return journal.Folder(record) + "/points-" + std::to_string(round) + ".jsonl";
}

std::string PointsFile(const OperationJournal& journal, const OperationRecord& record) {
  return PointsFile(journal, record, record.data.at("round").get<std::int64_t>());
}

}  // namespace fleet::agent
