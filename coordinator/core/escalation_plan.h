#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/finding.h"

namespace fleet::coordinator {

// Who is told of an incident that nobody has acknowledged, and when.

struct EscalationStep {
  std::int64_t after_ms = 0;  // since the incident was opened, or the chain begun anew; later than the step before
  std::vector<std::string> channels;
};

struct EscalationChain {
  std::vector<EscalationStep> steps;
  std::int64_t repeat_ms = 0;  // the last step again and again; 0: once
};

struct EscalationPlan {
  std::array<EscalationChain, kSeverities> chains;  // by severity
  std::string link;                                 // "https://host/incidents/{id}"; empty: none
};

}  // namespace fleet::coordinator
