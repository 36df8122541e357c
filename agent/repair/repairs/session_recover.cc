#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/conversation_text.h"
#include "agent/repair/document_text.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/session_id.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kTitleCharacters = 60;

// The sub-session record of an id, also when only its end is damaged.
std::optional<SubsessionDocument> RecordOf(const PlannedRoot& root, const std::string& id) {
  const auto found = root.model().records.find(id);
  if (found != root.model().records.end()) return found->second.document;
  const std::string path = LayoutOf(root.model().root.kind).path_of(DocumentClass::kSubsession, id, "");
  const auto damaged = root.model().damaged.find(path);
  const auto bytes = damaged == root.model().damaged.end() ? absl::StatusOr<std::string>("") : root.Read(path);
  const auto trimmed = bytes.ok() ? WithoutTail(*bytes) : std::nullopt;
  const auto document = trimmed ? AsDocumentOf(root, damaged->second.place, *trimmed) : std::nullopt;
  if (!document) return std::nullopt;
  return std::get<SubsessionDocument>(*document);
}

// Whom the record and the indexes name as parent of an id.
std::set<std::string> ParentsOf(const RootModel& model, const std::optional<SubsessionDocument>& record,
                                const std::string& id) {
  std::set<std::string> parents;
  if (record && record->parent != id) parents.insert(record->parent);
  for (const auto& [parent, index] : model.indexes) {
    const auto& entries = index.document.entries;
    const bool lists = std::any_of(entries.begin(), entries.end(), [&](const IndexDocument::Entry& entry) {
      return entry.is_text && entry.text == id;
    });
    if (lists && parent != id) parents.insert(parent);
  }
  return parents;
}

// The key with the highest count; empty when there is none.
std::string Commonest(const std::map<std::string, int>& counts) {
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

std::string CommonestVersion(const RootModel& model) {
  std::map<std::string, int> counts;
  for (const auto& [id, session] : model.sessions) ++counts[session.document.version];
  const std::string version = Commonest(counts);
  return version.empty() ? "recovered" : version;
}

std::string WithId(std::string path, const std::string& from, const std::string& to) {
  for (std::size_t at = path.find(from); at != std::string::npos; at = path.find(from, at + to.size())) {
    path.replace(at, from.size(), to);
  }
  return path;
}

// Where most neighbours have their info, in terms of this id; of those below `folder`. Empty when there is none.
std::string CommonestPlace(const RootModel& model, const std::string& id, const std::string& folder) {
  std::map<std::string, int> counts;
  for (const auto& [neighbour, session] : model.sessions) {
    const std::string path = WithId(session.path, neighbour, id);
    if (path.compare(0, folder.size(), folder) == 0) ++counts[path];
  }
  return Commonest(counts);
}

// Like the neighbours', and in a folder of its own when it has one and others have theirs there.
std::string PlaceLikeNeighbours(const RootModel& model, const std::string& id) {
  const auto conversation = model.conversations.find(id);
  const std::string own = "sessions/" + id + "/";
  const bool in_own =
      conversation != model.conversations.end() && (conversation->second.path + "/").compare(0, own.size(), own) == 0;
  std::string path = in_own ? CommonestPlace(model, id, own) : "";
  if (path.empty()) path = CommonestPlace(model, id, "");
  if (!path.empty()) return path;
  return in_own ? own + "session.json" : LayoutOf(model.root.kind).path_of(DocumentClass::kSession, id, "");
}

SessionText TextOf(const PlannedRoot& root, const std::string& id, const std::optional<SubsessionDocument>& record,
                   const std::set<std::string>& parents, const ConversationText& conversation) {
  const std::int64_t reference =
      conversation.messages > 0 ? conversation.oldest_ms : static_cast<std::int64_t>(record->created_at);
  SessionText text;
  text.id = id;
  text.version = CommonestVersion(root.model());
  if (!parents.empty()) text.parent = *parents.begin();
  text.created_ms = IdTimeMs(id, reference).value_or(reference);
  text.updated_ms = text.parent ? text.created_ms : std::max(text.created_ms, conversation.newest_ms);
  text.title = FirstCharacters(conversation.first_user_text, kTitleCharacters);
  if (text.title.empty()) text.title = FromUtf8("Recovered session - " + TimeText(text.created_ms));
  return text;
}

std::optional<Refusal> WhyNot(const std::string& id, const std::set<std::string>& parents) {
  if (std::optional<Refusal> refusal = NotWritable(id)) return refusal;
  if (id.substr(0, 4) != "ses_") {
    return Refusal{"malformed_id",
                   id + " does not begin like a session id, so dgmo would not open it; look at it by hand"};
  }
  if (parents.size() > 1) {
    return Refusal{"conflicting_parents", "the record and the indexes name different parents of " + id + ": " +
                                              ToUtf8(*parents.begin()) + " and " + ToUtf8(*parents.rbegin())};
  }
  return std::nullopt;
}

// The session a finding says is missing.
std::string MissingSession(const RootModel& model, const Finding& finding) {
  const auto child = model.sessions.find(finding.subject_id);
  const auto record = model.records.find(finding.subject_id);
  if (finding.code == "SESSION_PARENT_MISSING") {
    return child == model.sessions.end() ? "" : child->second.document.parent;
  }
  if (finding.code == "ORPHAN_SUBSESSION") {
    return record == model.records.end() ? "" : record->second.document.parent;
  }
  return finding.subject_id;
}

Answer PlanSessionRecover(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string id = MissingSession(root.model(), finding);
  if (id.empty() || root.model().HasInfoFile(id)) return Cure{};
  return RebuildSession(root, id, "");
}

}  // namespace

Answer RebuildSession(const PlannedRoot& root, const std::string& id, std::string path) {
  const std::optional<SubsessionDocument> record = RecordOf(root, id);
  const std::set<std::string> parents = ParentsOf(root.model(), record, id);
  if (std::optional<Refusal> refusal = WhyNot(id, parents)) return *std::move(refusal);
  if (path.empty()) path = PlaceLikeNeighbours(root.model(), id);
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  if (auto copy = FromBackup(root, LayoutOf(root.model().root.kind).place(path, false), path)) {
    return Cure{.changes = {WriteFile{path, std::move(copy->bytes)}}, .note = std::move(copy->note)};
  }
  const auto conversation = ReadConversation(root, id);
  if (!conversation.ok()) return Refusal{"unreadable", std::string(conversation.status().message())};
  if (conversation->messages == 0 && !record) {
    return Refusal{"no_source", "session " + id + " left neither a readable message nor a sub-session record here"};
  }
  Cure cure;
  cure.changes.push_back(WriteFile{path, ToJson(TextOf(root, id, record, parents, *conversation))});
  cure.note = "reconstructed from " + CountText(conversation->messages, "message") +
              (record ? " and its sub-session record" : "");
  return cure;
}

const Repair kSessionRecover = {.id = "R-SESSION-RECOVER", .plan = PlanSessionRecover};

}  // namespace fleet::agent
