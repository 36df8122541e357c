#pragma once

#include "common/finding_wire.h"
#include "dgmo/fleet/v1/command.pb.h"

namespace fleet::agent {

// The result as it may travel: valid UTF-8, at most 500 outcomes (all are counted), texts of at most 1 KiB.
v1::CommandResult BoundedResult(v1::CommandResult result);

}  // namespace fleet::agent
