#include "coordinator/core/incident_edit.h"

#include <utility>

#include "coordinator/core/response_clock.h"

namespace fleet::coordinator {

void Say(IncidentRow& row, std::string_view what, std::string detail, std::int64_t now_ms,
         std::vector<Change>& changes) {
  const bool by_people = what == "acknowledged" || what == "handed_over" || what == "note";
  const std::int64_t most = by_people ? kMaxTimeline + kMaxLinesOfPeople : kMaxTimeline;
  if (row.events >= most && what != "resolved") return;
  changes.push_back(Put(TimelineRow{row.id, row.events++, now_ms, std::string(what), std::move(detail)}));
}

void Update(IncidentRow row, std::int64_t now_ms, std::vector<Change>& changes) {
  row.updated_ms = now_ms;
  changes.push_back(Put(std::move(row)));
}

v1::IncidentState StateAtRest(const IncidentRow& row) {
  return IsAcknowledged(row) ? v1::INCIDENT_STATE_ACKNOWLEDGED : v1::INCIDENT_STATE_OPEN;
}

void EndAcknowledgement(const std::string& why, std::int64_t at_ms, std::int64_t now_ms, IncidentRow& row,
                        std::vector<Change>& changes) {
  Say(row, "acknowledgement_ended", why, now_ms, changes);
  ResumeClock(at_ms, row);
  if (row.state == v1::INCIDENT_STATE_ACKNOWLEDGED) row.state = StateAtRest(row);
}

}  // namespace fleet::coordinator
