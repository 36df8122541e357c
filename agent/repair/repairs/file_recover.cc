#include <optional>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/repairs/config_files.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Damage {
  const PlannedRoot& root;
  const std::string& path;
  const DamagedDocument& document;
};

// Where a readable document may come from; nullopt when this source has none.
using Source = std::optional<Answer> (*)(const Damage& damage);

std::optional<Answer> FromLitter(const Damage& damage) {
  for (const Litter& litter : LitterOf(damage.root, damage.path)) {
    if (!litter.document) continue;
    auto bytes = damage.root.Read(litter.path);
    if (!bytes.ok()) continue;
    Cure cure;
    cure.changes.push_back(WriteFile{damage.path, *std::move(bytes)});
    cure.changes.push_back(Quarantine{litter.path, "its content is in the document now"});
    cure.note = "the complete temporary file of " + std::to_string(litter.ms) + " takes its place";
    return cure;
  }
  return std::nullopt;
}

std::optional<Answer> FromTrim(const Damage& damage) {
  const auto bytes = damage.root.Read(damage.path);
  if (!bytes.ok()) return std::nullopt;
  std::optional<std::string> trimmed = WithoutTail(*bytes);
  if (!trimmed || !AsDocumentOf(damage.root, damage.document.place, *trimmed)) return std::nullopt;
  const std::string removed = std::to_string(bytes->size() - trimmed->size());
  return Cure{.changes = {WriteFile{damage.path, *std::move(trimmed)}},
              .note = removed + " bytes of NUL or white space removed from its end, nothing else changed"};
}

// An index is made of the records, which know better than any copy of it.
std::optional<Answer> FromCopy(const Damage& damage) {
  const DocumentClass cls = damage.document.place.cls;
  if (cls == DocumentClass::kIndex || cls == DocumentClass::kGuideIndex) return std::nullopt;
  std::optional<BackedUp> copy = FromBackup(damage.root, damage.document.place, damage.path);
  if (!copy) return std::nullopt;
  return Cure{.changes = {WriteFile{damage.path, std::move(copy->bytes)}}, .note = std::move(copy->note)};
}

// "no_source" leads on to the next source; any other refusal is the answer.
std::optional<Answer> UnlessNoSource(Answer answer) {
  const Refusal* refusal = std::get_if<Refusal>(&answer);
  if (refusal != nullptr && refusal->reason == "no_source") return std::nullopt;
  return answer;
}

std::optional<Answer> FromRebuild(const Damage& damage) {
  const std::string& id = damage.document.place.subject;
  switch (damage.document.place.cls) {
    case DocumentClass::kSession: return UnlessNoSource(RebuildSession(damage.root, id, damage.path));
    case DocumentClass::kSubsession: return UnlessNoSource(RebuildRecord(damage.root, id));
    case DocumentClass::kIndex: return UnlessNoSource(RebuildIndex(damage.root, id));
    case DocumentClass::kGuideIndex: return UnlessNoSource(RebuildGuideIndex(damage.root));
    case DocumentClass::kApp:
      if (damage.root.model().root.kind != RootKind::kProgram) return CreateGuideFile(damage.root, damage.path);
      return Cure{.changes = {WriteFile{damage.path, "{}"}},
                  .note = "written anew as dgmo does; only the mark of its first start is lost"};
    default: break;
  }
  return std::nullopt;
}

std::string LossOf(const Place& place) {
  const std::string id = ToUtf8(place.subject);
  switch (place.cls) {
    case DocumentClass::kMessage: return "message " + id + " of session " + ToUtf8(place.session);
    case DocumentClass::kSession: return "title and times of session " + id;
    case DocumentClass::kSubsession: return "the record of sub-session " + id;
    case DocumentClass::kShare: return "the share of session " + id;
    case DocumentClass::kPerformance: return "the performance report of session " + id;
    default: return id;
  }
}

std::optional<Answer> FromNothing(const Damage& damage) {
  const Place& place = damage.document.place;
  Cure cure;
  cure.note = "permanent loss: " + LossOf(place) + "; what is left of it is in quarantine";
  cure.changes.push_back(Quarantine{damage.path, "damaged, and no source to recover it from"});
  return cure;
}

// In order.
constexpr Source kSources[] = {FromLitter, FromTrim, FromCopy, FromRebuild, FromNothing};

Answer PlanFileRecover(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string path = RelativePath(root, finding.path);
  const auto found = root.model().damaged.find(path);
  if (found == root.model().damaged.end()) return Cure{};
  if (found->second.fault.kind == FaultKind::kOversize) {
    return Refusal{"too_large", ToUtf8(path) + " is larger than is ever read; look at it and move it away"};
  }
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  for (const Source source : kSources) {
    if (std::optional<Answer> answer = source({root, path, found->second})) return *std::move(answer);
  }
  return Refusal{"no_source", "nothing is left to recover " + ToUtf8(path) + " from"};
}

}  // namespace

const Repair kFileRecover = {.id = "R-FILE-RECOVER", .plan = PlanFileRecover};

}  // namespace fleet::agent
