#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

// One line of `watch`, with its line break.
std::string EventText(const v1::FleetEvent& event, const Screen& screen);

}  // namespace fleet::coordinator
