#pragma once

#include <absl/functional/function_ref.h>

#include <string_view>
#include <vector>

#include "agent/checks/facts/agent_facts.h"

namespace fleet::agent {

// Runs probes by name, so that somebody can keep watch over them. One thread at a time.
class ProbeRunner {
 public:
  virtual ~ProbeRunner() = default;
  // Runs the probe, unless it may not be run now. Returns whether it ran to its end.
  virtual bool Run(std::string_view name, absl::FunctionRef<void()> probe) = 0;
  // The probes that may not run now.
  virtual std::vector<QuarantinedProbe> Quarantined() const { return {}; }
};

// Runs whatever it is given.
class DirectProbeRunner final : public ProbeRunner {
 public:
  bool Run(std::string_view, absl::FunctionRef<void()> probe) override {
    probe();
    return true;
  }
};

}  // namespace fleet::agent
