#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fleet::agent {

// A probe that may not run for a while because it killed or hung the agent more than once.
struct QuarantinedProbe {
  std::string name;
  std::int64_t strikes = 0;
  bool hung = false;  // the last time; else the agent died in it
  std::int64_t last_ms = 0;
  std::int64_t until_ms = 0;  // when it may run again
};

// What the agent knows of itself.
struct AgentFacts {
  std::vector<QuarantinedProbe> quarantined;
};

}  // namespace fleet::agent
