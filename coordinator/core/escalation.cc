#include "coordinator/core/escalation.h"

#include <algorithm>
#include <set>

#include "common/rule_catalogue.h"
#include "common/time_text.h"
#include "coordinator/core/incident_edit.h"
#include "coordinator/core/outbox.h"

namespace fleet::coordinator {

namespace {

// A channel answers within half a minute; after this nobody knows what became of the attempt.
constexpr std::int64_t kAttemptMs = 120'000;

const EscalationChain& ChainOf(const Moment& moment, Severity severity) {
  return moment.settings.escalation.chains[static_cast<std::size_t>(severity)];
}

std::string LinkTo(const std::string& link, const std::string& id) {
  const std::size_t place = link.find("{id}");
  return place == std::string::npos ? link : std::string(link).replace(place, 4, id);
}

std::vector<std::string> Lines(const IncidentRow& incident, const std::string& what) {
  std::vector<std::string> lines = {what};
  if (const Rule* rule = FindRule(incident.finding->code)) lines.emplace_back(rule->meaning);
  if (!incident.finding->path.empty()) lines.push_back("Where: " + incident.finding->path);
  if (IsOpen(incident)) lines.push_back("Take it on: dgmoctl incidents ack " + incident.id);
  return lines;
}

void Tell(const std::string& channel, NoticeKind kind, const std::string& what, bool waits, const Moment& moment,
          IncidentRow& incident, std::vector<Change>& changes) {
  NoticeRow row;
  row.number = incident.notices++;
  row.channel = channel;
  row.due_ms = waits ? kHeldBack : moment.now_ms;
  row.notice = {.id = NoticeId({incident.id, row.number}),
                .kind = kind,
                .incident_id = incident.id,
                .severity = incident.severity,
                .code = incident.finding->code,
                .agent_id = incident.agent_id,
                .host_name = incident.host_name,
                .subject = std::string(SeverityText(incident.severity)) + " " + incident.finding->code + " on " +
                           incident.host_name,
                .lines = Lines(incident, what),
                .owner = incident.owner,
                .link = LinkTo(moment.settings.escalation.link, incident.id),
                .opened_ms = incident.opened_ms,
                .at_ms = moment.now_ms,
                .respond_by_ms = IsOpen(incident) && !IsAcknowledged(incident) ? incident.respond_by_ms : 0,
                .thread = ""};
  changes.push_back(Put(std::move(row)));
}

}  // namespace

void BeginEscalation(const Moment& moment, IncidentRow& incident) {
  const EscalationChain& chain = ChainOf(moment, incident.severity);
  incident.step = 0;
  incident.step_due_ms = chain.steps.empty() ? 0 : moment.now_ms + chain.steps.front().after_ms;
}

void EscalateUnescalated(const FleetState& state, const Moment& moment, std::vector<Change>& changes) {
  for (const auto& [id, incident] : state.incidents()) {
    const bool was_begun = incident->step > 0 || incident->step_due_ms > 0 || incident->notices > 0;
    if (!IsOpen(*incident) || was_begun || ChainOf(moment, incident->severity).steps.empty()) continue;
    IncidentRow row = *incident;
    BeginEscalation(moment, row);
    changes.push_back(Put(std::move(row)));
  }
}

void Escalate(const FleetState& state, const Moment& moment, IncidentRow& incident, std::vector<Change>& changes) {
  const EscalationChain& chain = ChainOf(moment, incident.severity);
  incident.step_due_ms = 0;
  if (chain.steps.empty()) return;
  const std::size_t number = std::min(static_cast<std::size_t>(incident.step), chain.steps.size() - 1);
  const EscalationStep& step = chain.steps[number];
  for (const std::string& channel : std::set<std::string>(step.channels.begin(), step.channels.end())) {
    const Outbox outbox = OutboxOf(state, incident.id, channel);
    // Nobody is helped by two reminders at once, and an incident that nobody looks at must not fill the store.
    if (outbox.is_told && !outbox.waiting.empty()) continue;
    for (const NoticeKey& key : outbox.past_reminders) changes.push_back(Drop<NoticeRow>(key));
    const std::string since = "since " + TimeText(incident.opened_ms);
    Tell(channel, outbox.is_told ? NoticeKind::kReminder : NoticeKind::kOpened,
         outbox.is_told ? "Nobody has responded " + since : "Open " + since, !outbox.waiting.empty(), moment, incident,
         changes);
  }
  if (number + 1 < chain.steps.size()) {
    incident.step = static_cast<std::int64_t>(number) + 1;
    incident.step_due_ms = moment.now_ms + chain.steps[number + 1].after_ms - step.after_ms;
  } else if (chain.repeat_ms > 0) {
    incident.step = static_cast<std::int64_t>(number);
    incident.step_due_ms = moment.now_ms + chain.repeat_ms;
  } else {
    incident.step = static_cast<std::int64_t>(chain.steps.size());
  }
}

void TellChange(const FleetState& state, const std::string& what, const Moment& moment, IncidentRow& incident,
                std::vector<Change>& changes) {
  for (const std::string& channel : ChannelsOf(state, incident.id)) {
    const Outbox outbox = OutboxOf(state, incident.id, channel);
    if (!outbox.is_told) continue;
    Tell(channel, NoticeKind::kChanged, what, !outbox.waiting.empty(), moment, incident, changes);
  }
}

void TellEnd(const FleetState& state, const std::string& what, const Moment& moment, IncidentRow& incident,
             std::vector<Change>& changes) {
  incident.step_due_ms = 0;
  for (const std::string& channel : ChannelsOf(state, incident.id)) {
    const Outbox outbox = OutboxOf(state, incident.id, channel);
    for (const NoticeKey& key : outbox.untried) changes.push_back(Drop<NoticeRow>(key));
    if (!outbox.may_know) continue;
    Tell(channel, NoticeKind::kClosed, what, outbox.waiting.size() > outbox.untried.size(), moment, incident, changes);
  }
}

void Attempt(const FleetState& state, const NoticeRow& notice, const Moment& moment, Decision& decision) {
  NoticeRow row = notice;
  ++row.attempts;
  row.due_ms = moment.now_ms + kAttemptMs;
  SendNotice send{row.channel, row.key(), row.notice};
  send.notice.thread = OutboxOf(state, row.notice.incident_id, row.channel).thread;
  decision.effects.emplace_back(std::move(send));
  decision.changes.push_back(Put(std::move(row)));
}

}  // namespace fleet::coordinator
