#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "agent/store/model.h"
#include "common/clock.h"

namespace fleet::agent {

// Everything the checks need of one home, read now: its roots (or only `explicit_roots` when given), what lies beside
// them, and which roots a dgmo process works on. On a live root suspicious files are read again after two seconds
// (`pause` waits; tests give one that does not). Blocks on the disk; any thread.
absl::StatusOr<HomeModel> Inspect(const Home& home, const std::vector<Root>& explicit_roots,
                                  absl::FunctionRef<void(std::chrono::milliseconds)> pause);

}  // namespace fleet::agent
