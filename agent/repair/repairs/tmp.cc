#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/document_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kYoungMs = 60'000;

// The document litter was meant to become, as it is now.
struct Target {
  std::string path;
  Place place;
  std::optional<Document> document;  // nullopt: missing or damaged
  std::int64_t changed_ms = 0;       // the later of its file's time and its own
};

std::int64_t OwnTime(const Document& document) {
  double time = 0;
  if (const auto* session = std::get_if<SessionDocument>(&document)) time = session->updated;
  if (const auto* record = std::get_if<SubsessionDocument>(&document)) time = record->completed_at.value_or(0);
  if (const auto* message = std::get_if<MessageDocument>(&document)) time = message->completed.value_or(0);
  return std::isfinite(time) && std::abs(time) < 9e15 ? static_cast<std::int64_t>(time) : 0;
}

Target ReadTarget(const PlannedRoot& root, const std::string& path, const Place& place) {
  Target target{.path = path, .place = place, .document = std::nullopt};
  const auto bytes = root.Read(path);
  const auto stat = root.Stat(path);
  if (!bytes.ok() || !stat.ok()) return target;
  // Another id in the file than in its name is a finding of its own, not a reason to replace it.
  Document document = root.parser().Parse(place.cls, PaddedText(*bytes));
  if (std::holds_alternative<Fault>(document)) return target;
  target.changed_ms = std::max(stat->mtime_ms(), OwnTime(document));
  target.document = std::move(document);
  return target;
}

// Whether the candidate is the same document later in its life. Its id is known to be right.
bool Continues(const Document& candidate, const Document& target) {
  if (const auto* session = std::get_if<SessionDocument>(&candidate)) {
    const auto& old = std::get<SessionDocument>(target);
    return session->id == old.id && session->parent_kind == old.parent_kind && session->parent == old.parent;
  }
  if (const auto* record = std::get_if<SubsessionDocument>(&candidate)) {
    const auto& old = std::get<SubsessionDocument>(target);
    return record->id == old.id && record->parent == old.parent;
  }
  if (const auto* message = std::get_if<MessageDocument>(&candidate)) {
    const auto& old = std::get<MessageDocument>(target);
    return message->id == old.id && message->assistant == old.assistant && message->parts >= old.parts &&
           (message->completed.has_value() || !old.completed.has_value());
  }
  return false;
}

// The entries of both, the target's first; nullopt when that adds nothing or an entry is no text.
std::optional<std::string> UnionOf(const IndexDocument& target, const IndexDocument& candidate) {
  std::vector<std::string> ids;
  for (const IndexDocument* index : {&target, &candidate}) {
    for (const IndexDocument::Entry& entry : index->entries) {
      if (!entry.is_text) return std::nullopt;
      const bool known = std::find(ids.begin(), ids.end(), entry.text) != ids.end();
      if (!known || index == &target) ids.push_back(entry.text);
    }
  }
  if (ids.size() == target.entries.size()) return std::nullopt;
  return IndexJson(ids);
}

// What the target becomes by this candidate; nullopt when it stays as it is.
std::optional<std::string> Promoted(const PlannedRoot& root, const Target& target, const Litter& litter) {
  if (!litter.document) return std::nullopt;
  const auto bytes = root.Read(litter.path);
  if (!bytes.ok()) return std::nullopt;
  if (!target.document) return *bytes;
  if (litter.ms <= target.changed_ms) return std::nullopt;
  if (const auto* index = std::get_if<IndexDocument>(&*litter.document)) {
    return UnionOf(std::get<IndexDocument>(*target.document), *index);
  }
  if (Continues(*litter.document, *target.document)) return *bytes;
  return std::nullopt;
}

// By its name and by its time: a copied file has a new time, a set clock gives a wrong name.
bool IsYoung(const Stray& stray, std::int64_t now_ms) {
  return std::max(now_ms - stray.litter_ms, now_ms - stray.stat.mtime_ms()) <= kYoungMs;
}

std::optional<Refusal> WhyNot(const PlannedRoot& root, const std::vector<Litter>& litter, const std::string& target) {
  for (const Litter& each : litter) {
    const Stray& stray = root.model().strays.at(each.path);
    if (IsYoung(stray, root.now_ms())) {
      return Refusal{"too_young", ToUtf8(each.path) + " is not older than 60 s; somebody may be writing it, try later"};
    }
    if (root.model().unreadable.contains(each.path)) {
      return Refusal{"unreadable", ToUtf8(each.path) + " could not be read; see to its permissions first"};
    }
  }
  return ObstacleAt(root, target);
}

std::string NoteOf(const Target& target, const Litter* promoted) {
  if (promoted == nullptr && target.place.cls == DocumentClass::kNone) {
    return "kept in quarantine: of this kind of file it is not known when a temporary file may take its place";
  }
  if (promoted == nullptr) return "nothing in it that the document lacks, or incomplete; kept in quarantine";
  if (!target.document) return "the complete temporary file of " + std::to_string(promoted->ms) + " takes its place";
  return "the temporary file of " + std::to_string(promoted->ms) + " continues the document and takes its place";
}

Answer PlanTmp(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const auto found = root.model().strays.find(RelativePath(root, finding.path));
  if (found == root.model().strays.end() || found->second.kind != Stray::Kind::kLitter) return Cure{};
  const Target target = ReadTarget(root, found->second.target, found->second.place);
  const std::vector<Litter> all = LitterOf(root, target.path);
  if (std::optional<Refusal> refusal = WhyNot(root, all, target.path)) return *std::move(refusal);
  Cure cure;
  const Litter* promoted = nullptr;
  for (const Litter& litter : all) {
    std::optional<std::string> bytes = promoted == nullptr ? Promoted(root, target, litter) : std::nullopt;
    if (!bytes) continue;
    promoted = &litter;
    cure.changes.push_back(WriteFile{target.path, *std::move(bytes)});
  }
  cure.note = NoteOf(target, promoted);
  for (const Litter& litter : all) {
    const bool used = &litter == promoted;
    cure.changes.push_back(Quarantine{litter.path, used ? "its content is in the document now" : cure.note});
  }
  return cure;
}

}  // namespace

const Repair kTmp = {.id = "R-TMP", .plan = PlanTmp};

}  // namespace fleet::agent
