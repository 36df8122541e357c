#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/link/command_record.h"
#include "common/finding.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::agent {

// What to look at.
struct Scope {
  bool everything = false;        // the whole machine, with what is slow to look at
  bool stores = false;            // all of the stores, for what changed since the last look
  std::set<std::string> changed;  // absolute paths

  void Add(Scope more) {
    everything |= more.everything;
    stores |= more.stores;
    changed.merge(more.changed);
  }
};

// What is known of the whole machine after a look; what was out of scope is as it was seen before.
struct Examination {
  std::vector<Finding> findings;
  std::vector<v1::RootFacts> roots;
  std::optional<v1::DrillFacts> last_drill;
  // Absolute paths that could not be looked at, with everything below them.
  std::vector<std::string> unknown;
  // Something is too fresh to be judged, or waits: look again after this long, at what has changed by then.
  std::optional<std::chrono::milliseconds> look_again;
  // After one of everything: the next should not begin before, or the agent takes too much of its machine.
  std::chrono::milliseconds rest{0};
  bool repair_due = false;  // RepairUnasked has something to do
};

// The work itself, as the agent sees it: everything that blocks. Called on the worker, one call at a time.
class Workstation {
 public:
  virtual ~Workstation() = default;
  virtual Examination Examine(const Scope& scope) = 0;
  // A repair or an undo.
  virtual CommandOutcome Run(const v1::Action& action) = 0;
  // What the last examination found due and nobody has to ask for.
  virtual void RepairUnasked() {}
};

}  // namespace fleet::agent
