#include <algorithm>
#include <set>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/document_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// Ids of the records that name this parent, in order of creation.
std::vector<std::string> RecordsOf(const RootModel& model, const std::string& parent) {
  std::vector<std::pair<double, std::string>> ordered;
  for (const auto& [id, record] : model.records) {
    if (record.document.parent == parent) ordered.emplace_back(record.document.created_at, id);
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<std::string> ids;
  for (auto& [created, id] : ordered) ids.push_back(std::move(id));
  return ids;
}

bool IsChildOf(const RootModel& model, const std::string& id, const std::string& parent) {
  const auto child = model.sessions.find(id);
  return child != model.sessions.end() && child->second.document.parent_kind == SessionDocument::Parent::kId &&
         child->second.document.parent == parent;
}

// An unreadable record is not an absent one.
bool AnyRecordUnreadable(const RootModel& model) {
  const auto is_record = [&](const std::string& path) {
    const std::string probe = path + (path.empty() ? "" : "/");
    const std::string folder = LayoutOf(model.root.kind).path_of(DocumentClass::kSubsession, "", "");
    return path.compare(0, folder.rfind('/') + 1, folder, 0, folder.rfind('/') + 1) == 0 ||
           folder.compare(0, probe.size(), probe) == 0;
  };
  return std::any_of(model.damaged.begin(), model.damaged.end(),
                     [](const auto& entry) { return entry.second.place.cls == DocumentClass::kSubsession; }) ||
         std::any_of(model.unreadable.begin(), model.unreadable.end(),
                     [&](const auto& entry) { return is_record(entry.first); });
}

// Whether an entry stays where it is: it has a record here, or may yet have one.
bool Stays(const RootModel& model, const std::string& entry, const std::string& parent, bool any_unreadable) {
  const auto record = model.records.find(entry);
  if (record != model.records.end()) return record->second.document.parent == parent;
  return any_unreadable || IsChildOf(model, entry, parent);
}

bool SameEntries(const IndexDocument& index, const std::vector<std::string>& ids) {
  return std::equal(
      index.entries.begin(), index.entries.end(), ids.begin(), ids.end(),
      [](const IndexDocument::Entry& entry, const std::string& id) { return entry.is_text && entry.text == id; });
}

Answer PlanIndex(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const Place place = LayoutOf(root.model().root.kind).place(RelativePath(root, finding.path), false);
  if (place.cls == DocumentClass::kGuideIndex) return RebuildGuideIndex(root);
  return RebuildIndex(root, place.cls == DocumentClass::kIndex ? place.subject : finding.subject_id);
}

}  // namespace

std::vector<std::string> ExpectedIndex(const RootModel& model, const std::string& parent) {
  std::vector<std::string> ids;
  std::set<std::string> listed;
  const auto index = model.indexes.find(parent);
  const bool any_unreadable = AnyRecordUnreadable(model);
  if (index != model.indexes.end()) {
    for (const IndexDocument::Entry& entry : index->second.document.entries) {
      const bool stays = entry.is_text && Stays(model, entry.text, parent, any_unreadable);
      if (stays && listed.insert(entry.text).second) ids.push_back(entry.text);
    }
  }
  for (std::string& id : RecordsOf(model, parent)) {
    if (listed.insert(id).second) ids.push_back(std::move(id));
  }
  return ids;
}

Answer RebuildIndex(const PlannedRoot& root, const std::string& parent) {
  const RootModel& model = root.model();
  const std::string path = LayoutOf(model.root.kind).path_of(DocumentClass::kIndex, parent, "");
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  const std::vector<std::string> ids = ExpectedIndex(model, parent);
  for (const std::string& id : ids) {
    if (InvalidUtf8At(id) == std::string_view::npos) continue;
    return Refusal{"malformed_id", "the file name of record \"" + ToUtf8(id) + "\" is not UTF-8; look at it by hand"};
  }
  const auto index = model.indexes.find(parent);
  const bool damaged = model.damaged.contains(path);
  if (index != model.indexes.end() ? SameEntries(index->second.document, ids) : ids.empty() && !damaged) return Cure{};
  Cure cure;
  cure.changes.push_back(WriteFile{path, IndexJson(ids)});
  cure.note = "rebuilt from " + std::to_string(ids.size()) + " sub-sessions";
  return cure;
}

const Repair kIndex = {.id = "R-INDEX", .while_live_with_consent = true, .plan = PlanIndex};

}  // namespace fleet::agent
