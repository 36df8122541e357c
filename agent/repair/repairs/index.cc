#include <algorithm>
#include <set>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/document_text.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/session_id.h"

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

// Whether a record could not be looked at: it is not an absent one then. `below` is where to look: a record's path, or
// the folder of all.
bool AnyUnreadable(const RootModel& model, const std::string& below) {
  const auto concerns = [&](const std::string& path) {
    return path.compare(0, below.size(), below) == 0 || path.empty() ||
           below.compare(0, path.size() + 1, path + "/") == 0;
  };
  return std::any_of(model.damaged.begin(), model.damaged.end(), [&](const auto& e) { return concerns(e.first); }) ||
         std::any_of(model.unreadable.begin(), model.unreadable.end(),
                     [&](const auto& e) { return concerns(e.first); });
}

// Whether an entry stays where it is: it has a record here, or may yet have one.
bool Stays(const RootModel& model, const std::string& entry, const std::string& parent) {
  const auto record = model.records.find(entry);
  if (record != model.records.end()) return record->second.document.parent == parent;
  const std::string path = LayoutOf(model.root.kind).path_of(DocumentClass::kSubsession, entry, "");
  if (!IsWellFormedId(entry, "ses")) return AnyUnreadable(model, path);
  return AnyUnreadable(model, path.substr(0, path.rfind('/') + 1)) || IsChildOf(model, entry, parent);
}

// What the index lists now, also when only its end is damaged.
IndexDocument Listed(const PlannedRoot& root, const std::string& parent) {
  const RootModel& model = root.model();
  if (const auto index = model.indexes.find(parent); index != model.indexes.end()) return index->second.document;
  const std::string path = LayoutOf(model.root.kind).path_of(DocumentClass::kIndex, parent, "");
  const auto damaged = model.damaged.find(path);
  if (damaged == model.damaged.end()) return {};
  const auto bytes = root.Read(path);
  const auto trimmed = bytes.ok() ? WithoutTail(*bytes) : std::nullopt;
  const auto document = trimmed ? AsDocumentOf(root, damaged->second.place, *trimmed) : std::nullopt;
  return document ? std::get<IndexDocument>(*document) : IndexDocument{};
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

std::vector<std::string> ExpectedIndex(const PlannedRoot& root, const std::string& parent) {
  const RootModel& model = root.model();
  std::vector<std::string> ids;
  std::set<std::string> known;
  for (const IndexDocument::Entry& entry : Listed(root, parent).entries) {
    const bool stays = entry.is_text && Stays(model, entry.text, parent);
    if (stays && known.insert(entry.text).second) ids.push_back(entry.text);
  }
  for (std::string& id : RecordsOf(model, parent)) {
    if (known.insert(id).second) ids.push_back(std::move(id));
  }
  return ids;
}

Answer RebuildIndex(const PlannedRoot& root, const std::string& parent) {
  const RootModel& model = root.model();
  const std::string path = LayoutOf(model.root.kind).path_of(DocumentClass::kIndex, parent, "");
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  const std::vector<std::string> ids = ExpectedIndex(root, parent);
  for (const std::string& id : ids) {
    if (std::optional<Refusal> refusal = NotWritable(id)) return *std::move(refusal);
  }
  const auto index = model.indexes.find(parent);
  const bool damaged = model.damaged.contains(path);
  if (index != model.indexes.end() ? SameEntries(index->second.document, ids) : ids.empty() && !damaged) return Cure{};
  Cure cure;
  cure.changes.push_back(WriteFile{path, IndexJson(ids)});
  cure.note = "rebuilt from " + CountText(static_cast<std::int64_t>(ids.size()), "sub-session");
  return cure;
}

const Repair kIndex = {.id = "R-INDEX", .while_live_with_consent = true, .plan = PlanIndex};

}  // namespace fleet::agent
