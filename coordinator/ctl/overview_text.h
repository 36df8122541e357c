#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

// The fleet on one screen: totals by status and severity, the worst machines, what to respond to first.
std::string OverviewText(const v1::Overview& overview, const Screen& screen);

}  // namespace fleet::coordinator
