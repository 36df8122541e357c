#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/facts/agent_facts.h"
#include "agent/checks/facts/filesystem_facts.h"
#include "agent/checks/facts/network_facts.h"
#include "agent/checks/facts/process_facts.h"

namespace fleet::agent {

// The machine around the homes. Facts that are nullopt were not looked at: nothing is concluded from their absence.
struct MachineModel {
  std::optional<FilesystemFacts> filesystems;
  std::optional<ProcessFacts> processes;
  std::optional<NetworkFacts> network;
  AgentFacts agent;
  std::vector<std::string> unknown;  // as in HomeModel
};

}  // namespace fleet::agent
