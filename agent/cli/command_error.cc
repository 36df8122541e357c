#include "agent/cli/command_error.h"

#include <iostream>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

int ReportError(const absl::Status& status) {
  std::cerr << "error: " << ToPrintable(MessageOf(status)) << '\n';
  return 2;
}

}  // namespace fleet::agent
