#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/qdrant/operation.h"

namespace fleet::agent {

// R-QDR-RESTART: has what runs the server restart it: the container that publishes its port or is called qdrant*, else
// the unit qdrant.service of the user or of the machine. At most three tries, five seconds apart; that is done
// when it is ready, lists its collections and counts the points of the home's.
// Refusals: "not_local", "still_loading" (a young process: restarting it would make it begin again), "no_method",
// "container_ambiguous", "is_well" unless `although_well`, "embedded".

// How the server of this machine can be restarted; found by looking, so that tests give their own.
struct RestartMethod {
  std::string kind;  // "docker", "systemd_user", "systemd_system"
  std::string name;  // of the container or unit
  std::function<absl::Status()> restart;
};
// nullopt: there is none. Refuse("container_ambiguous").
absl::StatusOr<std::optional<RestartMethod>> FindRestartMethod(const QdrantScene& scene);

struct RestartOptions {
  bool although_well = false;
  std::function<absl::StatusOr<std::optional<RestartMethod>>(const QdrantScene&)> find_method = FindRestartMethod;
};
absl::StatusOr<OperationReport> PlanQdrantRestart(const QdrantScene& scene, const RestartOptions& options);
absl::StatusOr<OperationReport> RunQdrantRestart(const QdrantScene& scene, const RestartOptions& options);

}  // namespace fleet::agent
