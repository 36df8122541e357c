#include "coordinator/core/due.h"

#include <algorithm>

#include "coordinator/core/response_clock.h"

namespace fleet::coordinator {

namespace {

std::optional<Due> ResponseDueOf(const IncidentRow& incident) {
  if (!incident.half_over && ResponseMs(incident.severity) > 0) {
    return Due{HalfOverMs(incident), DueKind::kResponse, incident.id};
  }
  // Past its time is the first instant after it.
  if (!incident.overdue) return Due{incident.respond_by_ms + 1, DueKind::kResponse, incident.id};
  return std::nullopt;
}

}  // namespace

std::optional<Due> DueOf(const IncidentRow& incident) {
  if (!IsOpen(incident)) return Due{incident.resolved_ms + kKeepHistoryMs, DueKind::kForgetIncident, incident.id};
  if (IsAcknowledged(incident)) {
    return Due{incident.acknowledged_until_ms, DueKind::kAcknowledgement, incident.id};
  }
  const std::optional<Due> response = ResponseDueOf(incident);
  if (incident.step_due_ms == 0) return response;
  const Due step{incident.step_due_ms, DueKind::kEscalation, incident.id};
  return response ? std::min(*response, step) : step;
}

std::optional<Due> DueOf(const NoticeRow& notice) {
  if (notice.state != NoticeState::kWaiting || notice.due_ms == kHeldBack) return std::nullopt;
  return Due{notice.due_ms, DueKind::kNotice, notice.notice.incident_id, notice.number};
}

std::optional<Due> DueOf(const CommandRow& command) {
  if (IsFinal(command.state)) return std::nullopt;
  // What has begun no longer expires, but nothing runs for ever.
  if (command.state == v1::COMMAND_STATE_STARTED) {
    return Due{command.updated_ms + kLongestRunMs, DueKind::kCommandExpiry, command.id};
  }
  return Due{command.expires_ms, DueKind::kCommandExpiry, command.id};
}

std::optional<Due> DueOf(const DispatchRow& dispatch) {
  return Due{dispatch.expires_ms + kKeepHistoryMs, DueKind::kForgetDispatch, dispatch.id};
}

}  // namespace fleet::coordinator
