#include "coordinator/core/incident_people.h"

#include <algorithm>

#include "common/status.h"
#include "common/time_text.h"
#include "coordinator/core/escalation.h"
#include "coordinator/core/incident_edit.h"
#include "coordinator/core/response_clock.h"

namespace fleet::coordinator {

namespace {

constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxNote = 4'096;
constexpr std::int64_t kShortestLeaseMs = 60'000;
constexpr std::int64_t kLongestLeaseMs = std::int64_t{7} * 24 * 3'600'000;

absl::Status CheckWords(const std::string& who, const std::string& name, const std::string& note) {
  if (name.empty()) return InvalidArgument("the " + who + " is empty; say who it is");
  if (name.size() > kMaxName) return InvalidArgument("the " + who + " is over 128 bytes");
  if (note.size() > kMaxNote) return InvalidArgument("the note is over 4096 bytes; keep it short and link to more");
  return absl::OkStatus();
}

absl::Status CheckRoom(const IncidentRow& incident) {
  if (incident.events < kMaxTimeline + kMaxLinesOfPeople) return absl::OkStatus();
  return ResourceExhausted("the timeline of incident " + incident.id + " is full; write elsewhere what happens");
}

absl::Status CheckOpen(const IncidentRow& incident) {
  if (IsOpen(incident)) return absl::OkStatus();
  return FailedPrecondition("incident " + incident.id + " is resolved since " + TimeText(incident.resolved_ms));
}

absl::Status CheckLease(std::int64_t lease_ms) {
  if (lease_ms == 0 || (lease_ms >= kShortestLeaseMs && lease_ms <= kLongestLeaseMs)) return absl::OkStatus();
  return InvalidArgument("an acknowledgement holds from one minute to seven days, not " + std::to_string(lease_ms) +
                         " ms");
}

std::string WithNote(std::string text, const std::string& note) { return note.empty() ? text : text + ": " + note; }

}  // namespace

absl::Status Acknowledge(const FleetState& state, const IncidentRow& incident,
                         const v1::AcknowledgeIncidentRequest& request, const Moment& moment,
                         std::vector<Change>& changes) {
  RETURN_IF_ERROR(CheckWords("owner", request.owner(), request.note()));
  RETURN_IF_ERROR(CheckLease(request.lease_ms()));
  RETURN_IF_ERROR(CheckOpen(incident));
  RETURN_IF_ERROR(CheckRoom(incident));
  IncidentRow row = incident;
  const bool handed_over = IsAcknowledged(row) && row.owner != request.owner();
  const std::int64_t lease_ms = request.lease_ms() == 0 ? DefaultLeaseMs(row.severity) : request.lease_ms();
  const std::int64_t until_ms = moment.now_ms + lease_ms;
  std::string text =
      (handed_over ? "from " + row.owner + " to " : "by ") + request.owner() + " until " + TimeText(until_ms);
  StopClock(request.owner(), until_ms, moment.now_ms, row);
  if (row.state == v1::INCIDENT_STATE_OPEN) row.state = StateAtRest(row);
  if (row.owner != incident.owner) TellChange(state, "Taken on " + text, moment, row, changes);
  Say(row, handed_over ? "handed_over" : "acknowledged", WithNote(std::move(text), request.note()), moment.now_ms,
      changes);
  Update(std::move(row), moment.now_ms, changes);
  return absl::OkStatus();
}

absl::Status Release(const FleetState& state, const IncidentRow& incident, const v1::ReleaseIncidentRequest& request,
                     const Moment& moment, std::vector<Change>& changes) {
  RETURN_IF_ERROR(CheckWords("author", request.author(), request.note()));
  RETURN_IF_ERROR(CheckOpen(incident));
  if (!IsAcknowledged(incident)) {
    return FailedPrecondition("nobody has acknowledged incident " + incident.id + "; its clock runs");
  }
  IncidentRow row = incident;
  EndAcknowledgement(WithNote("given back by " + request.author(), request.note()), moment.now_ms, moment.now_ms, row,
                     changes);
  TellChange(state, "Given back by " + request.author() + ": somebody else has to respond", moment, row, changes);
  Update(std::move(row), moment.now_ms, changes);
  return absl::OkStatus();
}

absl::Status AddNote(const IncidentRow& incident, const v1::NoteIncidentRequest& request, const Moment& moment,
                     std::vector<Change>& changes) {
  RETURN_IF_ERROR(CheckWords("author", request.author(), request.text()));
  if (request.text().empty()) return InvalidArgument("the note is empty");
  RETURN_IF_ERROR(CheckRoom(incident));
  IncidentRow row = incident;
  Say(row, "note", request.author() + ": " + request.text(), moment.now_ms, changes);
  Update(std::move(row), moment.now_ms, changes);
  return absl::OkStatus();
}

void ExpireAcknowledgement(const IncidentRow& incident, const Moment& moment, std::vector<Change>& changes) {
  IncidentRow row = incident;
  // However late it is noticed, nobody was at work since then.
  EndAcknowledgement("of " + row.owner + ", it ran out", row.acknowledged_until_ms, moment.now_ms, row, changes);
  Update(std::move(row), moment.now_ms, changes);
}

}  // namespace fleet::coordinator
