#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

Injected Expect(std::string code, Severity severity, const Victim& victim, bool repairable) {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = victim.root->path + "/" + victim.root->InfoPath(victim.id),
          .subject_id = victim.id,
          .repairable = repairable};
}

// Rewrites the info of a session.
using Edit = void (*)(Json& info, const Victim& victim);
Inject EditInfo(std::string code, Severity severity, bool child, Edit edit) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> victim = child ? victims.Child() : victims.Main();
    if (!victim) return NothingToBreak(child ? "sub-session" : "main session");
    Json info = victim->info();
    edit(info, *victim);
    victim->root->Write(victim->root->InfoPath(victim->id), info.dump());
    return Expect(code, severity, *victim, false);
  };
}

absl::StatusOr<Injected> InfoDeleted(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim) return NothingToBreak("main session");
  victim->root->Remove(victim->root->InfoPath(victim->id));
  return Expect("SESSION_FILE_MISSING", Severity::kP1, *victim, true);
}

absl::StatusOr<Injected> MessagesDeleted(Victims& victims) {
  const std::optional<Victim> victim = victims.Session([](const StoreRoot& root, const std::string& id) {
    const std::string title = root.infos.at(id).value("title", "");
    return root.ParentOf(id).empty() && root.messages.count(id) > 0 && title.find(" session - ") == std::string::npos &&
           title.find(" Session - ") == std::string::npos;
  });
  if (!victim) return NothingToBreak("session with a title of its own");
  for (const std::string& message : victim->root->messages.at(victim->id)) victim->root->Remove(message);
  return Expect("SESSION_MESSAGES_LOST", Severity::kP1, *victim, false);
}

absl::StatusOr<Injected> IdMalformed(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim) return NothingToBreak("main session");
  Json info = victim->info();
  info["id"] = "ses_debug_parent";
  info["title"] = "New Session - 2025-07-08T10:02:11.480Z";
  Victim made{victim->root, "ses_debug_parent"};
  made.root->Write(made.root->InfoPath(made.id), info.dump());
  return Expect("SESSION_ID_MALFORMED", Severity::kP3, made, false);
}

// The parent's info is deleted and, when it is to have left nothing, its conversation too.
Inject ParentDeleted(bool with_messages) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> child = victims.Session([](const StoreRoot& root, const std::string& id) {
      const std::string parent = root.ParentOf(id);
      return IsHealthyChild(root, id) && root.messages.count(id) > 0 && root.messages.count(parent) > 0 &&
             root.ParentOf(parent).empty();
    });
    if (!child) return NothingToBreak("sub-session");
    const std::string parent = child->parent();
    child->root->Remove(child->root->InfoPath(parent));
    if (with_messages) {
      for (const std::string& message : child->root->messages.at(parent)) child->root->Remove(message);
    }
    return Expect("SESSION_PARENT_MISSING", Severity::kP2, *child, !with_messages);
  };
}

absl::StatusOr<Injected> ParentCycle(Victims& victims) {
  const std::optional<Victim> child = victims.Child();
  if (!child) return NothingToBreak("sub-session");
  const std::string parent = child->parent();
  Json info = child->root->infos.at(parent);
  info["parentID"] = child->id;
  child->root->Write(child->root->InfoPath(parent), info.dump());
  Injected expected = Expect("SESSION_PARENT_CYCLE", Severity::kP2, *child, false);
  expected.subject_id = "";
  return expected;
}

// A share whose other half is missing.
Inject HalfAShare(bool in_info) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> victim = victims.Session([&](const StoreRoot& root, const std::string& id) {
      const std::string share = "storage/session/share/" + id + ".json";
      return !root.infos.at(id).contains("share") && root.Read(share).empty() && root.ParentOf(id).empty();
    });
    if (!victim) return NothingToBreak("session that is not shared");
    const std::string url = "https://dgmo.ai/s/" + victim->id.substr(victim->id.size() - 8);
    Injected expected = Expect("SHARE_MISMATCH", Severity::kP3, *victim, false);
    if (in_info) {
      Json info = victim->info();
      info["share"] = {{"url", url}};
      victim->root->Write(victim->root->InfoPath(victim->id), info.dump());
      return expected;
    }
    const std::string path = "storage/session/share/" + victim->id + ".json";
    victim->root->Write(path, Json({{"secret", "0c9f5a1e"}, {"url", url}}).dump());
    expected.path = victim->root->path + "/" + path;
    return expected;
  };
}

}  // namespace

void AddSessionFaults(std::vector<Fault>& faults) {
  constexpr Severity kP2 = Severity::kP2;
  constexpr Severity kP3 = Severity::kP3;
  const std::vector<Fault> all = {
      {{"info-deleted", "the info of a conversation is gone"}, InfoDeleted},
      {{"messages-deleted", "the conversation of a titled session is gone"}, MessagesDeleted},
      {{"session-id-mismatch", "an info with another id than its name"},
       EditInfo("SESSION_ID_MISMATCH", kP2, false,
                [](Json& info, const Victim&) { info["id"] = "ses_816ad0000ffemismatchxxxxxx"; })},
      {{"session-id-malformed", "a hand-made session"}, IdMalformed},
      {{"session-updated-before-created", "an info whose times are the wrong way round"},
       EditInfo(
           "SESSION_TIME_INVALID", kP3, false,
           [](Json& info, const Victim&) { info["time"]["updated"] = info["time"]["created"].get<double>() - 1000; })},
      {{"session-time-in-seconds", "an info with times in seconds"},
       EditInfo("SESSION_TIME_INVALID", kP3, false,
                [](Json& info, const Victim&) {
                  info["time"] = {{"created", 1751966102}, {"updated", 1751966108}};
                })},
      {{"session-id-time-skew", "an info whose created time is not the one in its id"},
       EditInfo("SESSION_ID_TIME_SKEW", kP3, false,
                [](Json& info, const Victim&) {
                  info["time"]["created"] = info["time"]["created"].get<std::int64_t>() - 3'600'000;
                })},
      {{"parent-info-deleted", "the info of a parent is gone, its messages are there"}, ParentDeleted(false)},
      {{"parent-deleted", "a parent is gone altogether"}, ParentDeleted(true)},
      {{"session-parent-literal", "a parent that is the word undefined"},
       EditInfo("SESSION_PARENT_LITERAL", kP3, false,
                [](Json& info, const Victim&) { info["parentID"] = "undefined"; })},
      {{"session-parent-null", "a parent that is null"},
       EditInfo("SESSION_PARENT_LITERAL", kP3, false, [](Json& info, const Victim&) { info["parentID"] = nullptr; })},
      {{"session-parent-self", "a session that is its own parent"},
       EditInfo("SESSION_PARENT_SELF", kP2, true,
                [](Json& info, const Victim& victim) { info["parentID"] = victim.id; })},
      {{"share-file-missing", "a shared session without the file of its share"}, HalfAShare(true)},
      {{"share-left", "the file of a share of a session that is not shared"}, HalfAShare(false)},
      {{"session-parent-cycle", "two sessions that are each other's parents"}, ParentCycle},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
