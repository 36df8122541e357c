#pragma once

#include <cstdint>
#include <optional>

#include "agent/store/model.h"

namespace fleet::agent {

// Whether there is anything of a session in it, damaged or not.
bool HoldsSessions(const RootModel& root);

// The time of the earliest document of the root that was written after `since_ms`; nullopt when none was. Looks at the
// messages of the conversations that changed. Blocks on the disk; any thread.
std::optional<std::int64_t> EarliestChangeAfter(const RootModel& root, std::int64_t since_ms);

}  // namespace fleet::agent
