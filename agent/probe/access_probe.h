#pragma once

#include "agent/checks/home_model.h"

namespace fleet::agent {

// Fills the model's access facts, after its roots have been read: what dgmo has in the home outside of them, the
// directories above, the access control lists of what a group may write to, and which groups are private. The contents
// of auth.json are never read. Blocks on the disk and, within two seconds, on the system's user database; any thread.
void ProbeAccess(HomeModel& home);

}  // namespace fleet::agent
