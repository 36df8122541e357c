#pragma once

#include <string>
#include <vector>

#include "agent/link/command_record.h"
#include "common/finding.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::agent {

// What one look at the whole machine gave.
struct Examination {
  std::vector<Finding> findings;
  std::vector<v1::RootFacts> roots;
  // Absolute paths that could not be looked at, with everything below them.
  std::vector<std::string> unknown;
};

// The work itself, as the agent sees it: everything that blocks. Called on the worker, one call at a time.
class Workstation {
 public:
  virtual ~Workstation() = default;
  virtual Examination Examine() = 0;
  // A repair or an undo.
  virtual CommandOutcome Run(const v1::Action& action) = 0;
};

}  // namespace fleet::agent
