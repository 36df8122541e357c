#include <algorithm>
#include <optional>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/json_edit.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool IsOpen(const SubsessionDocument& record) { return record.status != "completed" && record.status != "failed"; }

// The later of the record's own times; 0 for times that no dgmo can have written.
std::int64_t BeganMs(const SubsessionDocument& record) {
  const double began = std::max(record.created_at, record.started_at.value_or(0));
  return began > 0 && began < 9e15 ? static_cast<std::int64_t>(began) : 0;
}

std::optional<std::string> Closed(std::string text, const TaskOutcome& outcome) {
  const std::pair<const char*, std::string> fields[] = {
      {"status", outcome.failed ? "\"failed\"" : "\"completed\""},
      {"completedAt", std::to_string(outcome.completed_ms)},
      {"summary", ToJsonString(outcome.summary)},
  };
  for (const auto& [key, json] : fields) {
    std::optional<std::string> changed = WithJson(text, {key}, json);
    if (!changed) return std::nullopt;
    text = *std::move(changed);
  }
  return text;
}

// Whether it is stale the rule has judged; only the three fields change.
Answer PlanSubsessionClose(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const auto found = root.model().records.find(finding.subject_id);
  if (found == root.model().records.end() || !IsOpen(found->second.document)) return Cure{};
  const SubsessionRecord& record = found->second;
  if (std::optional<Refusal> obstacle = ObstacleAt(root, record.path)) return *std::move(obstacle);
  const auto child = root.model().conversations.find(found->first);
  if (child != root.model().conversations.end() && child->second.damaged > 0) {
    return Refusal{"damaged_messages", "messages of " + ToUtf8(found->first) +
                                           " cannot be read, and they tell how its work ended; repair them first"};
  }
  const auto bytes = root.Read(record.path);
  const auto conversation = ReadConversation(root, found->first);
  if (!bytes.ok() || !conversation.ok()) {
    return Refusal{"unreadable", "what " + ToUtf8(found->first) + " left could not be read; see to its permissions"};
  }
  const TaskOutcome outcome = OutcomeOf(BeganMs(record.document), *conversation);
  std::optional<std::string> text = Closed(*bytes, outcome);
  if (!text) return Refusal{"not_lossless", ToUtf8(record.path) + " cannot be changed safely; see it by hand"};
  return Cure{.changes = {WriteFile{record.path, *std::move(text)}},
              .note = std::string(outcome.failed ? "failed" : "completed") + " by what " +
                      CountText(conversation->messages, "message") + " of it tell"};
}

}  // namespace

const Repair kSubsessionClose = {.id = "R-SUBSESSION-CLOSE", .plan = PlanSubsessionClose};

}  // namespace fleet::agent
