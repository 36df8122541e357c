#pragma once

#include "agent/store/root.h"

namespace fleet::agent {

// Adds the places that the environments of running dgmo processes of the home's owner name: XDG_DATA_HOME and
// OPENCODE_DATA_PATH (catalogue: "Finding out which layout is present"). Only processes whose HOME is this home count.
// Looks at /proc anew at each call; what may not be read is left out. Any thread.
Home WithEnvironmentOfProcesses(Home home);

}  // namespace fleet::agent
