#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/checks/qdrant_target.h"
#include "agent/checks/settings.h"
#include "agent/qdrant/admin.h"
#include "agent/qdrant/revector_plan.h"
#include "agent/store/root.h"
#include "common/clock.h"

namespace fleet::agent {

// What an operation on a Qdrant server works with. Each operation has two functions: one that says in sentences what it
// would do, or refuses, and changes nothing; and one that does it and verifies it by itself. Both give a status with a
// reason (reason.h) when they do not.
struct QdrantScene {
  const QdrantAdmin& admin;
  const QdrantTarget& target;  // `collection` is the one that is worked on
  const CheckSettings& settings;
  Home home;
  std::string backups;                    // folder where new snapshots go
  std::vector<std::string> more_backups;  // where they are looked for as well
  std::string state;                      // the agent's own folder
  const Clock& clock;
  std::function<void(std::chrono::milliseconds)> pause;

  std::vector<std::string> AllBackups() const;
};

// The vector that the home's MCP server expects of the collection; `same_model`: a person says that its model made the
// vectors that are there.
WantedVector WantedVectorOf(const QdrantScene& scene, bool same_model);

// What would be done, or was.
struct OperationReport {
  std::vector<std::string> steps;  // sentences for people; empty: there is nothing to do
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();  // for programs: counts, paths, sums
};

}  // namespace fleet::agent
