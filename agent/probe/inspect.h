#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <span>

#include "agent/checks/home_model.h"
#include "agent/store/root.h"
#include "agent/store/scan.h"

namespace fleet::agent {

// Everything the checks need of one target, read now: its roots, what lies beside them, and which roots a dgmo process
// works on. On a live root suspicious files are read again after two seconds (`pause` waits; tests give one that
// does not). An explicit root that cannot be opened is an error; anything else that cannot be read is in `unreadable`.
// Blocks on the disk; any thread.
absl::StatusOr<HomeModel> Inspect(const Target& target, absl::FunctionRef<void(std::chrono::milliseconds)> pause,
                                  ScanDepth depth = ScanDepth::kAll);

// The part of it that lies beside the roots of a home: places that its processes name, what is installed, whether there
// is a configuration and a backup. What the model knew of these before is forgotten.
void InspectSurroundings(std::span<const Root> roots, HomeModel& home);

// A pause that really waits.
void SleepFor(std::chrono::milliseconds duration);

}  // namespace fleet::agent
