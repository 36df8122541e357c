#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/repair/failure_counter.h"
#include "agent/repair/planning.h"
#include "agent/repair/service_repair.h"
#include "agent/store/root_lock.h"

namespace fleet::agent {

using RootLocks = std::map<std::string, RootLock>;  // by the root's path

// One target as it was found, and what is to be done to each of its roots and to its configuration.
struct HomePlan {
  Target target;
  HomeModel model;
  std::vector<Finding> findings;
  std::set<std::string> selected;  // fingerprints
  std::vector<RootPlan> roots;     // as model.roots, then the home itself
  std::vector<Plan> refused;       // asked for, and about no root or not in this version
  std::vector<LeftAlone> left_alone;
};

// What planning needs to know beside the data.
struct PlanningContext {
  const RepairSelection& selection;
  std::span<const Repair* const> repairs;
  std::span<const ServiceRepair* const> services;
  const FailureCounter& failures;
  const std::string& state;
  const RootLocks& locks;                         // roots that may be changed
  const std::map<std::string, Refusal>& blocked;  // roots that may not, by path
  std::int64_t now_ms = 0;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause;
};

// Reads a target: its roots, and the configuration of its home.
absl::StatusOr<HomeModel> ReadHome(const Target& target, absl::FunctionRef<void(std::chrono::milliseconds)> pause);

// Reads a target and plans its roots. Changes nothing.
absl::StatusOr<HomePlan> PlanHome(const Target& target, const PlanningContext& context);

}  // namespace fleet::agent
