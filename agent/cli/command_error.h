#pragma once

#include <absl/status/status.h>

namespace fleet::agent {

// What a command that cannot run says on stderr ("error: what, where, what to do"), and its exit code.
int ReportError(const absl::Status& status);

}  // namespace fleet::agent
