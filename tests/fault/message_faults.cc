#include <filesystem>
#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

// A message to break: its path below the victim's root, and what it holds.
struct Message {
  Victim victim;
  std::string path;
  Json document;

  std::string id() const { return fs::path(path).stem().string(); }
  void Write() const { victim.root->Write(path, document.dump()); }
};

Injected Expect(std::string code, Severity severity, const Victim& victim, const std::string& path, std::string subject,
                bool repairable = false) {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = victim.root->path + "/" + path,
          .subject_id = std::move(subject),
          .repairable = repairable};
}

Json Parsed(const std::string& bytes) { return Json::parse(bytes, nullptr, /*allow_exceptions=*/false); }

// Of a main session the last message of that role; a completed one, so that it is healthy before. Empty: none.
std::string LastPath(const StoreRoot& root, const std::string& session, const std::string& role) {
  if (!root.ParentOf(session).empty() || root.messages.count(session) == 0) return "";
  const std::vector<std::string>& paths = root.messages.at(session);
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    const Json document = Parsed(root.Read(*path));
    if (!document.is_object() || document.value("role", "") != role) continue;
    if (role == "user" || document["metadata"]["time"].contains("completed")) return *path;
  }
  return "";
}

std::optional<Message> LastOf(Victims& victims, const std::string& role) {
  const std::optional<Victim> victim = victims.Session(
      [&](const StoreRoot& root, const std::string& session) { return !LastPath(root, session, role).empty(); });
  if (!victim) return std::nullopt;
  const std::string path = LastPath(*victim->root, victim->id, role);
  return Message{*victim, path, Parsed(victim->root->Read(path))};
}

using Edit = void (*)(Json& message);
Inject EditMessage(std::string code, Severity severity, std::string role, Edit edit) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    std::optional<Message> message = LastOf(victims, role);
    if (!message) return NothingToBreak("message of the role " + role);
    edit(message->document);
    message->Write();
    // Only what ends a turn can be repaired.
    const bool repairable = code == "MESSAGE_INCOMPLETE" || code == "MESSAGE_TOOL_UNRESOLVED";
    return Expect(code, severity, message->victim, message->path, message->id(), repairable);
  };
}

void AddOpenCall(Json& message) {
  message["parts"].push_back(
      {{"type", "tool-invocation"},
       {"toolInvocation",
        {{"state", "call"}, {"toolCallId", "toolu_01Zk2"}, {"toolName", "bash"}, {"args", Json::object()}}}});
}

// Into the conversation of another session, as a merge by hand does.
absl::StatusOr<Injected> Strayed(Victims& victims) {
  const std::optional<Message> message = LastOf(victims, "user");
  if (!message) return NothingToBreak("message of a user");
  const StoreRoot& root = *message->victim.root;
  for (const auto& [session, paths] : root.messages) {
    if (session == message->victim.id || root.infos.count(session) == 0) continue;
    const std::string path = root.ConversationPath(session) + "/" + message->id() + ".json";
    root.Write(path, message->document.dump());
    return Expect("MESSAGE_SESSION_MISMATCH", Severity::kP2, message->victim, path, session);
  }
  return NothingToBreak("second conversation");
}

absl::StatusOr<Injected> FolderLeft(Victims& victims) {
  StoreRoot* root = victims.AnyRoot(false);
  if (root == nullptr) return NothingToBreak("project");
  const std::string session = "ses_816ad0000ffenobodynobodyno";
  const std::string path = "storage/session/message/" + session;
  fs::create_directories(root->path + "/" + path);
  return Expect("MESSAGE_ORPHAN_DIR", Severity::kP3, {root, session}, path, session);
}

// A question on the other side of the day on which the time in ids began anew.
absl::StatusOr<Injected> EpochWrap(Victims& victims) {
  constexpr std::int64_t kWrapMs = 1'786'706'395'136;  // 2026-08-14
  constexpr std::int64_t kHourMs = 3'600'000;
  std::optional<Message> message = LastOf(victims, "user");
  if (!message) return NothingToBreak("message of a user");
  const bool after = message->document["metadata"]["time"]["created"].get<double>() < kWrapMs;
  const std::string id = after ? "msg_00036ee80001xxxxxxxxxxxxxx" : "msg_fffc91180001xxxxxxxxxxxxxx";
  message->document["id"] = id;
  message->document["metadata"]["time"]["created"] = after ? kWrapMs + kHourMs : kWrapMs - kHourMs;
  const Victim& victim = message->victim;
  const std::string conversation = victim.root->ConversationPath(victim.id);
  victim.root->Write(conversation + "/" + id + ".json", message->document.dump());
  return Expect("MESSAGE_ID_EPOCH_WRAP", Severity::kP3, victim, conversation, victim.id);
}

// Sparse: it costs no disk.
absl::StatusOr<Injected> Oversize(Victims& victims) {
  const std::optional<Message> message = LastOf(victims, "assistant");
  if (!message) return NothingToBreak("answer");
  fs::resize_file(message->victim.root->path + "/" + message->path, (50U << 20) + 1);
  return Expect("MESSAGE_OVERSIZE", Severity::kP3, message->victim, message->path, message->id());
}

}  // namespace

void AddMessageFaults(std::vector<Fault>& faults) {
  constexpr Severity kP2 = Severity::kP2;
  constexpr Severity kP3 = Severity::kP3;
  const std::vector<Fault> all = {
      {{"message-id-mismatch", "a message with another id than its name"},
       EditMessage("MESSAGE_ID_MISMATCH", kP2, "user",
                   [](Json& message) { message["id"] = "msg_7e9514205001mismatchxxxxxx"; })},
      {{"message-strayed", "a message copied into another conversation"}, Strayed},
      {{"message-incomplete", "dgmo was killed in the middle of an answer"},
       EditMessage("MESSAGE_INCOMPLETE", kP3, "assistant",
                   [](Json& message) { message["metadata"]["time"].erase("completed"); })},
      {{"message-interrupted-tool", "dgmo was killed while a tool ran"},
       EditMessage("MESSAGE_TOOL_UNRESOLVED", kP3, "assistant",
                   [](Json& message) {
                     message["metadata"]["time"].erase("completed");
                     AddOpenCall(message);
                   })},
      {{"message-open-tool-call", "a completed answer with a tool call that never got its result"},
       EditMessage("MESSAGE_TOOL_UNRESOLVED", kP3, "assistant", AddOpenCall)},
      {{"message-folder-left", "the empty folder of a session that is not there"}, FolderLeft},
      {{"message-epoch-wrap", "a conversation that went on after the ids began anew"}, EpochWrap},
      {{"message-without-assistant-data", "an answer without the data of its model"},
       EditMessage("MESSAGE_ROLE_METADATA", kP3, "assistant",
                   [](Json& message) { message["metadata"].erase("assistant"); })},
      {{"message-with-assistant-data", "a question with the data of a model"},
       EditMessage("MESSAGE_ROLE_METADATA", kP3, "user",
                   [](Json& message) { message["metadata"]["assistant"] = Json::object(); })},
      {{"message-oversize", "a message larger than any that dgmo writes"}, Oversize},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
