#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kConflict = ".json.conflict-";

// When the document itself says that it was last changed, ms; 0 when it does not.
double LastChange(const Document& document) {
  if (const auto* session = std::get_if<SessionDocument>(&document)) return session->updated;
  if (const auto* record = std::get_if<SubsessionDocument>(&document)) return record->completed_at.value_or(0);
  if (const auto* message = std::get_if<MessageDocument>(&document)) return message->completed.value_or(0);
  return 0;
}

bool HasMore(const Document& copy, const Document& winner) {
  if (LastChange(copy) > LastChange(winner)) return true;
  const auto* message = std::get_if<MessageDocument>(&copy);
  const auto* index = std::get_if<IndexDocument>(&copy);
  if (message != nullptr) return message->parts > std::get<MessageDocument>(winner).parts;
  return index != nullptr && index->entries.size() > std::get<IndexDocument>(winner).entries.size();
}

// How a conflict copy compares with the document it lies beside: for people, the bytes are kept in any case.
std::string Compare(const PlannedRoot& root, const std::string& copy_path) {
  const std::size_t end = copy_path.rfind(kConflict);
  const std::string winner_path = copy_path.substr(0, end + kConflict.find(".conflict"));
  const Place place = LayoutOf(root.model().root.kind).place(winner_path, false);
  const auto copy = root.Read(copy_path);
  const auto winner = root.Read(winner_path);
  if (!copy.ok()) return "the conflict copy is too large to compare";
  if (!winner.ok()) return "no document lies beside this conflict copy; restore it from quarantine if it is missed";
  if (*copy == *winner) return "the conflict copy is identical to the document";
  if (place.cls == DocumentClass::kNone) return "the conflict copy differs from the document";
  const auto copied = AsDocumentOf(root, place, *copy);
  const auto won = AsDocumentOf(root, place, *winner);
  if (!copied) return "the conflict copy is damaged";
  if (!won) return "the conflict copy is valid and the document beside it is not; compare them in quarantine";
  return HasMore(*copied, *won) ? "the conflict copy is valid and newer or larger than the document; compare them"
                                : "the conflict copy is valid and has nothing newer than the document";
}

Answer PlanQuarantine(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string path = RelativePath(root, finding.path);
  const auto found = root.model().strays.find(path);
  if (found == root.model().strays.end()) return Cure{};
  const Stray& stray = found->second;
  const bool conflict = stray.kind == Stray::Kind::kConflictCopy;
  if (stray.type != EntryType::kFile || (!conflict && stray.kind != Stray::Kind::kForeignFile)) {
    return Refusal{"unexpected_type", ToUtf8(path) + " is not a plain foreign file; look at it and move it away"};
  }
  if (stray.stat.links > 1) {
    return Refusal{"hard_linked", ToUtf8(path) + " has another name elsewhere; look at it and move it away"};
  }
  Cure cure;
  cure.note = conflict ? Compare(root, path) : "a file that is no document of dgmo";
  cure.changes.push_back(Quarantine{path, cure.note});
  return cure;
}

}  // namespace

const Repair kQuarantine = {.id = "R-QUARANTINE", .plan = PlanQuarantine};

}  // namespace fleet::agent
