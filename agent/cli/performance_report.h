#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/facts/process_facts.h"
#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "common/finding.h"

namespace fleet::agent {

// How fast dgmo's data can be had here and what the machine has left for it.
struct PerformanceReport {
  struct RootLoad {
    std::string path;
    std::int64_t sessions = 0;
    std::int64_t files = 0;
    std::int64_t bytes = 0;
    LoadFacts load;
  };
  struct SessionSize {
    std::string id;
    std::string root;
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
  };
  std::vector<RootLoad> roots;
  std::vector<SessionSize> largest;  // ten at most, largest first
  std::int64_t sessions = 0;         // that have messages
  std::int64_t session_bytes = 0;    // of all of them
  ProcessFacts processes;
  std::vector<double> load_averages;  // of 1, 5 and 15 minutes
  std::vector<Finding> findings;      // about any of this
};

// Adds a home's roots; the largest sessions are those of all homes added.
void AddHome(const HomeModel& home, PerformanceReport& report);

// Both without arguments and environments of processes. The text ends in a newline.
std::string PerformanceText(const PerformanceReport& report, bool colour);
nlohmann::ordered_json PerformanceJson(const PerformanceReport& report);

}  // namespace fleet::agent
