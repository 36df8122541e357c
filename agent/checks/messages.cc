#include <algorithm>

#include "agent/checks/rules.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

Finding DraftMessage(const RootView& root, std::string_view code, const std::string& session, const std::string& path,
                     const NotedMessage& message) {
  const std::string id = LayoutOf(root.model().root.kind).place(path, false).subject;
  Finding finding = root.Draft(code, id, {path}, path);
  finding.evidence["session"] = session;
  finding.evidence["created_ms"] = message.created_ms;
  AddStat(finding, message.stat);
  return finding;
}

void CheckId(const RootView& root, const std::string& session, const std::string& path, const NotedMessage& message,
             std::vector<Finding>& findings) {
  if (message.id.empty()) return;
  Finding finding = DraftMessage(root, "MESSAGE_ID_MISMATCH", session, path, message);
  finding.evidence["expected"] = finding.subject_id;
  finding.evidence["actual"] = message.id;
  findings.push_back(std::move(finding));
}

// A turn that nobody works on any more. How long it may take is counted from its beginning: dgmo itself names no later
// time until it ends.
bool IsDead(const HomeView& home, const RootView& root, const NotedMessage& message) {
  return !root.model().live && IdleMs(root.now_ms(), {static_cast<double>(message.created_ms)},
                                      message.stat.mtime_ms()) > home.settings.stale_ms;
}

void CheckTurn(const HomeView& home, const RootView& root, const std::string& session, const std::string& path,
               const NotedMessage& message, std::vector<Finding>& findings) {
  if (!message.assistant || (!message.completed && !IsDead(home, root, message))) return;
  const auto add = [&](std::string_view code) {
    Finding finding = DraftMessage(root, code, session, path, message);
    finding.evidence["parts"] = message.parts;
    finding.evidence["unresolved"] = message.unresolved;
    finding.evidence["completed"] = message.completed ? 1 : 0;
    findings.push_back(std::move(finding));
  };
  if (!message.completed) add("MESSAGE_INCOMPLETE");
  if (message.unresolved > 0) add("MESSAGE_TOOL_UNRESOLVED");
}

void CheckRole(const RootView& root, const std::string& session, const std::string& path, const NotedMessage& message,
               std::vector<Finding>& findings) {
  if (message.assistant == message.has_assistant_section) return;
  Finding finding = DraftMessage(root, "MESSAGE_ROLE_METADATA", session, path, message);
  finding.evidence["role"] = std::string(message.assistant ? "assistant" : "user");
  finding.evidence["assistant_section"] = message.has_assistant_section ? 1 : 0;
  findings.push_back(std::move(finding));
}

// One finding for all messages of one session that lie in the conversation of another: a whole conversation is merged
// wrongly as easily as one message.
void CheckSession(const RootView& root, const std::string& session, const Conversation& conversation,
                  std::vector<Finding>& findings) {
  std::map<std::string, std::vector<std::string>> strangers;  // the session they name, to paths
  for (const auto& [path, message] : conversation.noted) {
    if (!message.session.empty() && !root.IsFresh(message.stat.mtime_ms())) strangers[message.session].push_back(path);
  }
  for (const auto& [named, paths] : strangers) {
    Finding finding = root.Draft("MESSAGE_SESSION_MISMATCH", session, paths, session + "/" + named);
    finding.evidence["expected"] = session;
    finding.evidence["actual"] = named;
    finding.evidence["actual_has_info"] = root.Info(named) == Presence::kPresent ? 1 : 0;
    finding.evidence["messages"] = static_cast<std::int64_t>(paths.size());
    findings.push_back(std::move(finding));
  }
}

// The time in ids begins anew every 795 days; ids of both sides in one conversation are out of order (catalogue:
// "Identifiers").
void CheckEpochs(const RootView& root, const std::string& session, const Conversation& conversation,
                 std::vector<Finding>& findings) {
  const std::int64_t older = conversation.first_id_ms / kIdEpochMs;
  const std::int64_t newer = conversation.last_id_ms / kIdEpochMs;
  if (conversation.first_id_ms == 0 || older == newer) return;
  Finding finding = root.Draft("MESSAGE_ID_EPOCH_WRAP", session, {conversation.path});
  finding.evidence["first_ms"] = conversation.first_id_ms;
  finding.evidence["last_ms"] = conversation.last_id_ms;
  finding.evidence["wrapped_ms"] = newer * kIdEpochMs;
  finding.evidence["older_epoch"] = older;
  finding.evidence["newer_epoch"] = newer;
  findings.push_back(std::move(finding));
}

bool HoldsAnything(const RootModel& model, const std::string& directory) {
  const auto is_below = [&](const auto& entries) {
    const auto next = entries.lower_bound(directory + "/");
    return next != entries.end() && next->first.compare(0, directory.size() + 1, directory + "/") == 0;
  };
  return is_below(model.strays) || is_below(model.unreadable) || model.unreadable.count(directory) > 0;
}

// What a deleted or a never written conversation left. With anything in it, it is another rule's.
void CheckOrphan(const RootView& root, const std::string& session, const Conversation& conversation,
                 std::vector<Finding>& findings) {
  if (root.Messages(session) != Presence::kAbsent || root.Info(session) != Presence::kAbsent) return;
  if (root.IsFresh(conversation.last_mtime_ms) || HoldsAnything(root.model(), conversation.path)) return;
  findings.push_back(root.Draft("MESSAGE_ORPHAN_DIR", session, {conversation.path}));
}

}  // namespace

void CheckMessages(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [session, conversation] : root.model().conversations) {
    CheckOrphan(root, session, conversation, findings);
    CheckEpochs(root, session, conversation, findings);
    CheckSession(root, session, conversation, findings);
    for (const auto& [path, message] : conversation.noted) {
      if (root.IsFresh(message.stat.mtime_ms())) continue;
      CheckId(root, session, path, message, findings);
      CheckTurn(home, root, session, path, message, findings);
      CheckRole(root, session, path, message, findings);
    }
  }
}

}  // namespace fleet::agent
