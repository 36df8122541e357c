#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/policy/auto_repair.h"

namespace fleet::agent {

// The memory of the policy as JSON. Only faults that were tried are kept: of the others nothing is lost but patience.
// Strings of the machine are kept as valid UTF-8: they are only shown.
std::string MemoryText(const AutoRepairMemory& memory);
// DataLoss when it is torn, or of another version.
absl::StatusOr<AutoRepairMemory> MemoryFromText(const std::string& text);

}  // namespace fleet::agent
