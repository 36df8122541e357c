#include "coordinator/core/response_clock.h"

#include <algorithm>

namespace fleet::coordinator {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

// What was said of the clock holds as long as it is true.
void Review(std::int64_t now_ms, IncidentRow& incident) {
  if (HalfOverMs(incident) >= now_ms) incident.half_over = false;
  if (incident.respond_by_ms >= now_ms) incident.overdue = false;
}

}  // namespace

std::int64_t ResponseMs(Severity severity) {
  static constexpr std::int64_t kTable[kSeverities] = {0, 4 * kHourMs, 24 * kHourMs, 72 * kHourMs};
  return kTable[static_cast<int>(severity)];
}

std::int64_t DefaultLeaseMs(Severity severity) { return std::max(kHourMs, ResponseMs(severity)); }

std::int64_t HalfOverMs(const IncidentRow& incident) {
  return incident.respond_by_ms - ResponseMs(incident.severity) / 2;
}

void StartClock(std::int64_t now_ms, IncidentRow& incident) {
  incident.respond_by_ms = now_ms + ResponseMs(incident.severity);
  incident.half_over = false;
  incident.overdue = false;
}

void ChangeSeverity(Severity severity, std::int64_t now_ms, IncidentRow& incident) {
  incident.respond_by_ms += ResponseMs(severity) - ResponseMs(incident.severity);
  incident.severity = severity;
  Review(now_ms, incident);
}

void StopClock(const std::string& owner, std::int64_t until_ms, std::int64_t now_ms, IncidentRow& incident) {
  const std::int64_t stopped_ms = IsAcknowledged(incident) ? incident.acknowledged_until_ms : now_ms;
  // What has run out already has nothing left.
  const std::int64_t left_ms = std::max(incident.respond_by_ms - stopped_ms, std::int64_t{0});
  incident.owner = owner;
  incident.acknowledged_until_ms = until_ms;
  incident.respond_by_ms = until_ms + left_ms;
  if (incident.step_due_ms > 0) incident.step_due_ms += until_ms - stopped_ms;
  incident.overdue = false;
}

void ResumeClock(std::int64_t at_ms, IncidentRow& incident) {
  const std::int64_t shift_ms = at_ms - incident.acknowledged_until_ms;
  incident.respond_by_ms += shift_ms;
  if (incident.step_due_ms > 0) incident.step_due_ms += shift_ms;
  incident.acknowledged_until_ms = 0;
  incident.owner.clear();
}

}  // namespace fleet::coordinator
