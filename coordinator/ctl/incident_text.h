#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/incident.pb.h"

namespace fleet::coordinator {

std::string IncidentTableText(const google::protobuf::RepeatedPtrField<v1::Incident>& incidents, const Screen& screen);

// One incident with its timeline.
std::string IncidentText(const v1::Incident& incident, const Screen& screen);

// How urgent it still is: time left, overdue, or when it was resolved.
std::string UrgencyText(const v1::Incident& incident, std::int64_t now_ms);

}  // namespace fleet::coordinator
