#include "common/rules/families.h"

namespace fleet {

std::vector<Rule> AgentRules() {
  return {
      {"AGENT_PROBE_QUARANTINED", 131, "machine", Severity::kP3, "",
       "One of the agent's own checks made the agent end or hang at least twice within a week. It is left out for a "
       "day, so what it would have looked at is unknown until then.",
       "Look in the agent's log for probe_strike and at what the check looks at, such as a network folder that does "
       "not answer. The check comes back by itself after a day, or at once with another version of the agent.",
       "", false, ""},
      {"AGENT_RECOVERY_FAILED", 132, "machine", Severity::kP1, "",
       "The agent repaired a fault by itself, and it came back again and again, or its repair failed. It does not try "
       "any "
       "more: something makes the fault anew, or needs another cure.",
       "Look at the fault and at `dgmo-agent journal`, and find what causes it. Once the fault stays away for a day "
       "the "
       "agent repairs it again when it returns.",
       "", false, ""},
  };
}

}  // namespace fleet
