#pragma once

#include "agent/checks/home_model.h"
#include "agent/store/model.h"

namespace fleet::agent {

// A home as a place that repairs change, beside its roots: only the configuration files in it, reached without
// following a link. What of them is damaged or could not be read is in the model as it is in a root's. Pure.
RootModel HomePlace(const HomeModel& home);

}  // namespace fleet::agent
