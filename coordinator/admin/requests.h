#pragma once

#include <absl/status/statusor.h>

#include "coordinator/core/page.h"
#include "coordinator/core/query_agents.h"
#include "coordinator/core/query_incidents.h"
#include "coordinator/core/query_notices.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

// What admins ask for, in the core's words. InvalidArgument names the field.
absl::StatusOr<AgentFilter> FilterOf(const v1::ListAgentsRequest& request);
absl::StatusOr<IncidentFilter> FilterOf(const v1::ListIncidentsRequest& request);
absl::StatusOr<NoticeFilter> FilterOf(const v1::ListNoticesRequest& request);

template <class Request>
PageRequest PageOf(const Request& request) {
  return {request.page_token(), request.page_size()};
}

}  // namespace fleet::coordinator
