#include <algorithm>
#include <set>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/conversation_text.h"
#include "agent/repair/document_text.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kNameWords = 5;

JsText AgentName(const std::optional<JsText>& title, const ConversationText& conversation) {
  if (title && !title->empty() && !IsDefaultTitle(*title)) return *title;
  JsText name = FirstWords(conversation.first_user_text, kNameWords);
  return name.empty() ? u"Recovered agent" : name;
}

// The children a finding says have no record: one, or all of an index that lists them.
std::set<std::string> UntrackedChildren(const PlannedRoot& root, const Finding& finding) {
  const RootModel& model = root.model();
  if (finding.code != "INDEX_DANGLING_ENTRY") return {finding.subject_id};
  const Place place = LayoutOf(model.root.kind).place(RelativePath(root, finding.path), false);
  const auto index = model.indexes.find(place.cls == DocumentClass::kIndex ? place.subject : finding.subject_id);
  std::set<std::string> children;
  if (index == model.indexes.end()) return children;
  for (const IndexDocument::Entry& entry : index->second.document.entries) {
    const auto child = model.sessions.find(entry.text);
    const bool is_child = entry.is_text && child != model.sessions.end() &&
                          child->second.document.parent_kind == SessionDocument::Parent::kId &&
                          child->second.document.parent == index->first;
    if (is_child) children.insert(entry.text);
  }
  return children;
}

// The index follows: its own finding is there once the record is planned.
Answer PlanSubsessionSynth(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  Cure all;
  for (const std::string& child : UntrackedChildren(root, finding)) {
    if (root.model().HasRecordFile(child)) continue;
    Answer answer = RebuildRecord(root, child);
    if (std::holds_alternative<Refusal>(answer)) return answer;
    Cure& cure = std::get<Cure>(answer);
    std::move(cure.changes.begin(), cure.changes.end(), std::back_inserter(all.changes));
    all.note += (all.note.empty() ? "" : "; ") + cure.note;
  }
  return all;
}

}  // namespace

TaskOutcome OutcomeOf(std::int64_t began_ms, const ConversationText& conversation) {
  const std::optional<MessageText>& last = conversation.last_assistant;
  TaskOutcome outcome;
  outcome.completed_ms = std::max(began_ms, last ? last->last_ms() : conversation.newest_ms);
  outcome.failed = !last || last->error || !last->completed_ms;
  if (last && last->error) {
    outcome.summary = u"Failed: " + *last->error;
  } else if (outcome.failed) {
    outcome.summary = u"Failed: interrupted";
  } else {
    outcome.summary = SummaryOf(last->last_text);
  }
  return outcome;
}

Answer RebuildRecord(const PlannedRoot& root, const std::string& child) {
  const auto found = root.model().sessions.find(child);
  if (found == root.model().sessions.end() || found->second.document.parent_kind != SessionDocument::Parent::kId) {
    return Refusal{"no_source", "there is no readable info of a child session " + ToUtf8(child) + " here"};
  }
  const SessionDocument& info = found->second.document;
  const std::string path = LayoutOf(root.model().root.kind).path_of(DocumentClass::kSubsession, child, "");
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  if (std::optional<Refusal> refusal = NotWritable(child)) return *std::move(refusal);
  if (auto copy = FromBackup(root, LayoutOf(root.model().root.kind).place(path, false), path)) {
    return Cure{.changes = {WriteFile{path, std::move(copy->bytes)}}, .note = "record of " + child + " " + copy->note};
  }
  const auto conversation = ReadConversation(root, child);
  if (!conversation.ok()) return Refusal{"unreadable", std::string(conversation.status().message())};
  const auto bytes = root.Read(found->second.path);
  RecordText record;
  record.id = child;
  record.parent = info.parent;
  record.agent_name = AgentName(bytes.ok() ? ReadTitle(*bytes) : std::nullopt, *conversation);
  record.task_description = conversation->first_user_text;
  record.created_ms = static_cast<std::int64_t>(info.created);
  record.started_ms = record.created_ms;
  TaskOutcome outcome = OutcomeOf(record.created_ms, *conversation);
  record.failed = outcome.failed;
  record.completed_ms = outcome.completed_ms;
  record.summary = std::move(outcome.summary);
  Cure cure;
  cure.changes.push_back(WriteFile{path, ToJson(record)});
  cure.note = "record of " + child + " reconstructed from its info and " + CountText(conversation->messages, "message");
  return cure;
}

const Repair kSubsessionSynth = {.id = "R-SUBSESSION-SYNTH", .plan = PlanSubsessionSynth};

}  // namespace fleet::agent
