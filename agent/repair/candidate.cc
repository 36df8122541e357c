#include "agent/repair/candidate.h"

#include <algorithm>
#include <utility>

#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool Belongs(const Place& place, const Document& document) {
  if (std::holds_alternative<Fault>(document)) return false;
  if (const auto* session = std::get_if<SessionDocument>(&document)) return session->id == place.subject;
  if (const auto* record = std::get_if<SubsessionDocument>(&document)) return record->id == place.subject;
  if (const auto* message = std::get_if<MessageDocument>(&document)) {
    return message->id == place.subject && message->session == place.session;
  }
  return true;
}

}  // namespace

std::optional<Document> AsDocumentOf(const PlannedRoot& root, const Place& place, std::string_view bytes) {
  if (static_cast<std::int64_t>(bytes.size()) > SizeLimit(place.cls)) return std::nullopt;
  Document document = root.parser().Parse(place.cls, PaddedText(bytes));
  if (!Belongs(place, document)) return std::nullopt;
  return document;
}

std::optional<BackedUp> FromBackup(const PlannedRoot& root, const Place& place, const std::string& path) {
  if (root.backups() == nullptr) return std::nullopt;
  std::optional<BackupCopy> copy = root.backups()->Newest(
      path, [&](std::string_view bytes) { return AsDocumentOf(root, place, bytes).has_value(); });
  if (!copy) return std::nullopt;
  return BackedUp{std::move(copy->bytes), "copied from the backup of " + TimeText(copy->made_ms) + ", " +
                                              DurationText(root.now_ms() - copy->made_ms) +
                                              " old: what was written to it since is lost"};
}

std::optional<std::string> WithoutTail(std::string_view bytes) {
  static constexpr std::string_view kTail("\0 \t\r\n", 5);
  const std::size_t last = bytes.find_last_not_of(kTail);
  if (last == std::string_view::npos || last + 1 == bytes.size()) return std::nullopt;
  return std::string(bytes.substr(0, last + 1));
}

std::vector<Litter> LitterOf(const PlannedRoot& root, const std::string& target) {
  std::vector<Litter> all;
  for (const auto& [path, stray] : root.model().strays) {
    if (stray.kind != Stray::Kind::kLitter || stray.target != target) continue;
    Litter litter{.path = path, .ms = stray.litter_ms, .document = std::nullopt};
    if (stray.place.cls != DocumentClass::kNone) {
      const auto bytes = root.Read(path);
      if (bytes.ok()) litter.document = AsDocumentOf(root, stray.place, *bytes);
    }
    all.push_back(std::move(litter));
  }
  std::sort(all.begin(), all.end(), [](const Litter& a, const Litter& b) { return a.ms > b.ms; });
  return all;
}

std::optional<Refusal> ObstacleAt(const PlannedRoot& root, const std::string& path) {
  if (root.model().strays.contains(path)) {
    return Refusal{"unexpected_type", ToUtf8(path) + " is not a regular file; look at it and move it away"};
  }
  for (const auto& [unreadable, why] : root.model().unreadable) {
    const bool holds =
        why.is_directory && (unreadable.empty() || path.compare(0, unreadable.size() + 1, unreadable + "/") == 0);
    if (holds || unreadable == path) {
      return Refusal{"unreadable", ToUtf8(path) + " could not be looked at; see to its permissions first"};
    }
  }
  return std::nullopt;
}

std::optional<Refusal> NotWritable(const std::string& id) {
  if (InvalidUtf8At(id) == std::string_view::npos) return std::nullopt;
  return Refusal{"malformed_id", ToUtf8(id) + " is not UTF-8 and cannot be an id in a document; rename it by hand"};
}

}  // namespace fleet::agent
