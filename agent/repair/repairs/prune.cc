#include <optional>
#include <set>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr char kReason[] = "left behind by a deleted session";

// What is to go: records, and indexes of parents that are gone. The index of a parent that lives only loses an entry,
// by the repair of indexes, once the record is away.
struct Residue {
  std::set<std::string> paths;
  std::set<std::string> ids;  // of all sessions involved
};

Residue ResidueOf(const PlannedRoot& root, const Finding& finding) {
  const RootModel& model = root.model();
  Residue residue;
  residue.ids.insert(finding.subject_id);
  for (const std::string& absolute : finding.paths) {
    const std::string path = RelativePath(root, absolute);
    const Place place = LayoutOf(model.root.kind).place(path, false);
    const auto record = model.records.find(place.subject);
    const auto index = model.indexes.find(place.subject);
    if (place.cls == DocumentClass::kSubsession && record != model.records.end() && record->second.path == path) {
      residue.ids.insert({place.subject, record->second.document.parent});
      residue.paths.insert(path);
    } else if (place.cls == DocumentClass::kIndex && index != model.indexes.end() &&
               !model.HasInfoFile(place.subject)) {
      for (const IndexDocument::Entry& entry : index->second.document.entries) residue.ids.insert(entry.text);
      residue.paths.insert(path);
    }
  }
  return residue;
}

// A backup that still has the session was taken before it went, and cannot tell a deletion from a loss.
std::optional<Refusal> Ambiguity(const RootModel& model, const HomeModel& home, const Residue& residue) {
  if (!home.backups) return std::nullopt;
  if (!home.backups->complete) {
    return Refusal{"backups_unknown",
                   "not every place where backups may be could be looked into, so a loss cannot be ruled out"};
  }
  for (const std::string& id : residue.ids) {
    if (model.HasInfoFile(id) || home.backups->session_ids.count(id) == 0) continue;
    return Refusal{"in_backup", "the newest backup still has session " + ToUtf8(id) +
                                    ": it may be lost and not deleted; restore it, or prune after the next backup"};
  }
  return std::nullopt;
}

Answer PlanPrune(const PlannedRoot& root, const HomeModel& home, const Finding& finding) {
  const Residue residue = ResidueOf(root, finding);
  if (residue.paths.empty()) return Cure{};
  if (std::optional<Refusal> refusal = Ambiguity(root.model(), home, residue)) return *std::move(refusal);
  Cure cure;
  cure.note = "nothing of the deleted session is left; it stays in quarantine";
  for (const std::string& path : residue.paths) {
    if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
    cure.changes.push_back(Quarantine{path, kReason});
  }
  return cure;
}

}  // namespace

const Repair kPrune = {.id = "R-PRUNE", .needs_consent = true, .needs_backups = true, .plan = PlanPrune};

}  // namespace fleet::agent
