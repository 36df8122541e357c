#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

constexpr char kNobody[] = "ses_816ad0000ffenobodynobodyno";

Injected Expect(std::string code, Severity severity, const Victim& victim, std::string path, bool repairable) {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = victim.root->path + "/" + std::move(path),
          .subject_id = "",
          .repairable = repairable};
}

void Unlist(const Victim& child) {
  Json index = child.root->indexes.at(child.parent());
  Json without = Json::array();
  for (const Json& entry : index) {
    if (entry != child.id) without.push_back(entry);
  }
  child.root->Write(StoreRoot::IndexPath(child.parent()), without.dump());
}

// Breaks something of a healthy child.
using BreakChild = Injected (*)(const Victim& child);
Inject OfChild(BreakChild what) {
  return [what](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> child = victims.Child();
    if (!child) return NothingToBreak("sub-session");
    return what(*child);
  };
}

Injected RecordDeleted(const Victim& child) {
  child.root->Remove(StoreRoot::RecordPath(child.id));
  Unlist(child);
  return Expect("CHILD_SESSION_UNTRACKED", Severity::kP2, child, StoreRoot::RecordPath(child.id), true);
}

Injected RecordDeletedEntryKept(const Victim& child) {
  child.root->Remove(StoreRoot::RecordPath(child.id));
  return Expect("INDEX_DANGLING_ENTRY", Severity::kP2, child, StoreRoot::IndexPath(child.parent()), true);
}

Injected ChildInfoDeleted(const Victim& child) {
  child.root->Remove(child.root->InfoPath(child.id));
  return Expect("SUBSESSION_SESSION_MISSING", Severity::kP1, child, StoreRoot::RecordPath(child.id), true);
}

// As dgmo itself deletes a child.
Injected ChildDeleted(const Victim& child) {
  child.root->Remove(child.root->InfoPath(child.id));
  for (const std::string& message : child.root->messages.at(child.id)) child.root->Remove(message);
  return Expect("DELETED_RESIDUE", Severity::kP3, child, StoreRoot::RecordPath(child.id), false);
}

Injected EditRecord(const Victim& child, const char* key, const std::string& value, std::string code) {
  Json record = child.root->records.at(child.id);
  record[key] = value;
  child.root->Write(StoreRoot::RecordPath(child.id), record.dump());
  return Expect(std::move(code), Severity::kP2, child, StoreRoot::RecordPath(child.id), false);
}

// Rewrites the record of a child whose state is then wrong.
Inject EditState(std::string code, std::function<void(Json& record)> edit) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> child = victims.Child();
    if (!child) return NothingToBreak("sub-session");
    Json record = child->root->records.at(child->id);
    edit(record);
    child->root->Write(StoreRoot::RecordPath(child->id), record.dump());
    const bool repairable = code != "SUBSESSION_TIME_ORDER";
    return Expect(code, Severity::kP3, *child, StoreRoot::RecordPath(child->id), repairable);
  };
}

// As a killed dgmo leaves it.
void MakeRunning(Json& record) {
  record["status"] = "running";
  record.erase("completedAt");
  record.erase("summary");
}

// The model failed in the middle of its answer.
Injected HiddenFailure(const Victim& child) {
  Json record = child.root->records.at(child.id);
  record["status"] = "completed";
  record["summary"] = "No output";
  child.root->Write(StoreRoot::RecordPath(child.id), record.dump());
  const std::string last = child.root->messages.at(child.id).back();
  Json message = Json::parse(child.root->Read(last));
  message["parts"] = Json::array();
  message["metadata"]["error"] = {{"name", "UnknownError"}, {"data", {{"message", "Overloaded"}}}};
  child.root->Write(last, message.dump());
  return Expect("SUBSESSION_HIDDEN_FAILURE", Severity::kP3, child, StoreRoot::RecordPath(child.id), false);
}

Injected EntryLost(const Victim& child) {
  Unlist(child);
  return Expect("INDEX_MISSING_ENTRY", Severity::kP2, child, StoreRoot::IndexPath(child.parent()), true);
}

absl::StatusOr<Injected> ParentGone(Victims& victims, bool with_messages, const char* code) {
  const std::optional<Victim> parent = victims.Parent();
  if (!parent) return NothingToBreak("session with sub-sessions");
  parent->root->Remove(parent->root->InfoPath(parent->id));
  if (with_messages) {
    for (const std::string& message : parent->root->messages.at(parent->id)) parent->root->Remove(message);
  }
  const bool of_index = std::string(code) == "INDEX_ORPHAN";
  const std::string child = parent->root->indexes.at(parent->id).front().get<std::string>();
  return Expect(code, Severity::kP2, *parent,
                of_index ? StoreRoot::IndexPath(parent->id) : StoreRoot::RecordPath(child), !with_messages);
}

absl::StatusOr<Injected> IndexDeleted(Victims& victims) {
  const std::optional<Victim> parent = victims.Parent();
  if (!parent) return NothingToBreak("session with sub-sessions");
  parent->root->Remove(StoreRoot::IndexPath(parent->id));
  return Expect("SUBSESSION_INDEX_MISSING", Severity::kP2, *parent, StoreRoot::IndexPath(parent->id), true);
}

Inject EntryAdded(std::string code, Severity severity, std::function<Json(const Victim&)> entry) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> parent = victims.Parent();
    if (!parent) return NothingToBreak("session with sub-sessions");
    Json index = parent->root->indexes.at(parent->id);
    index.push_back(entry(*parent));
    parent->root->Write(StoreRoot::IndexPath(parent->id), index.dump());
    return Expect(code, severity, *parent, StoreRoot::IndexPath(parent->id), true);
  };
}

absl::StatusOr<Injected> WrongParent(Victims& victims) {
  const std::optional<Victim> child = victims.Child();
  if (!child) return NothingToBreak("sub-session");
  for (const auto& [parent, index] : child->root->indexes) {
    if (parent == child->parent() || child->root->infos.count(parent) == 0 || !index.is_array()) continue;
    Json with_stranger = index;
    with_stranger.push_back(child->id);
    child->root->Write(StoreRoot::IndexPath(parent), with_stranger.dump());
    return Expect("INDEX_WRONG_PARENT", Severity::kP2, *child, StoreRoot::IndexPath(parent), true);
  }
  return NothingToBreak("second session with sub-sessions in one root");
}

absl::StatusOr<Injected> GuideIndex(Victims& victims) {
  const StoreRoot* root = victims.AnyRoot(true);
  if (root == nullptr || root->infos.empty()) return NothingToBreak("workspace with sessions");
  const Json index = {{"sessions", {{kNobody, {{"id", kNobody}, {"subSessions", Json::array()}}}}}};
  root->Write("sessions/index.json", index.dump());
  return Injected{.name = "",
                  .code = "GUIDE_INDEX_MISMATCH",
                  .severity = Severity::kP2,
                  .path = root->path + "/sessions/index.json",
                  .subject_id = "",
                  .repairable = true};
}

}  // namespace

void AddSubsessionFaults(std::vector<Fault>& faults) {
  const std::vector<Fault> all = {
      {{"record-deleted", "the record of a sub-session and its index entry are gone"}, OfChild(RecordDeleted)},
      {{"record-deleted-entry-kept", "the record of a sub-session is gone, its index entry is there"},
       OfChild(RecordDeletedEntryKept)},
      {{"child-info-deleted", "the info of a sub-session is gone"}, OfChild(ChildInfoDeleted)},
      {{"child-deleted", "a sub-session was deleted in dgmo"}, OfChild(ChildDeleted)},
      {{"orphan-parent-messages", "the info of a parent is gone, its messages are there"},
       [](Victims& victims) { return ParentGone(victims, false, "ORPHAN_SUBSESSION"); }},
      {{"orphan-parent-nothing", "a parent is gone altogether, its sub-sessions are there"},
       [](Victims& victims) { return ParentGone(victims, true, "ORPHAN_SUBSESSION"); }},
      {{"index-orphan", "the parent of an index is gone, what it lists is there"},
       [](Victims& victims) { return ParentGone(victims, false, "INDEX_ORPHAN"); }},
      {{"record-id-mismatch", "a record with another id than its name"},
       OfChild([](const Victim& child) { return EditRecord(child, "id", kNobody, "SUBSESSION_ID_MISMATCH"); })},
      {{"record-parent-mismatch", "a record that names another parent than its session"},
       OfChild([](const Victim& child) {
         return EditRecord(child, "parentSessionId", kNobody, "SUBSESSION_PARENT_MISMATCH");
       })},
      {{"record-status-invalid", "a record with a status of its own"},
       EditState("SUBSESSION_STATUS_INVALID", [](Json& record) { record["status"] = "done"; })},
      {{"record-times-reversed", "a record that was completed before it was created"},
       EditState("SUBSESSION_TIME_ORDER",
                 [](Json& record) { record["completedAt"] = record["createdAt"].get<double>() - 1000; })},
      {{"record-without-completed-time", "a completed record that does not say when"},
       EditState("SUBSESSION_TIME_ORDER",
                 [](Json& record) {
                   record["status"] = "completed";
                   record.erase("completedAt");
                 })},
      {{"record-running", "dgmo was killed while an agent ran"}, EditState("SUBSESSION_STALE_RUNNING", MakeRunning)},
      {{"record-pending", "an agent that was never started"},
       EditState("SUBSESSION_STALE_RUNNING",
                 [](Json& record) {
                   MakeRunning(record);
                   record["status"] = "pending";
                   record.erase("startedAt");
                 })},
      {{"hidden-failure", "an agent that failed and is called completed"}, OfChild(HiddenFailure)},
      {{"index-deleted", "the index of a session with sub-sessions is gone"}, IndexDeleted},
      {{"index-entry-lost", "two agents started at once: the later index won"}, OfChild(EntryLost)},
      {{"index-dangling", "an index lists what never was"},
       EntryAdded("INDEX_DANGLING_ENTRY", Severity::kP3, [](const Victim&) { return Json(kNobody); })},
      {{"index-wrong-parent", "an index lists a sub-session of another session"}, WrongParent},
      {{"index-duplicate", "an index lists a sub-session twice"},
       EntryAdded("INDEX_DUPLICATE_ENTRY", Severity::kP3,
                  [](const Victim& parent) { return parent.root->indexes.at(parent.id).front(); })},
      {{"index-entry-number", "an index with a number in it"},
       EntryAdded("INDEX_ENTRY_MALFORMED", Severity::kP3, [](const Victim&) { return Json(17); })},
      {{"index-entry-path", "an index with a path in it"},
       EntryAdded("INDEX_ENTRY_MALFORMED", Severity::kP3,
                  [](const Victim& parent) { return Json("../info/" + parent.id); })},
      {{"guide-index-mismatch", "a workspace's sessions/index.json that names nobody's session"}, GuideIndex},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
