#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/finding.h"

namespace fleet::agent {

// One thing that dgmo needs in order to start and to show its sessions.
struct ReadyItem {
  enum class State : std::uint8_t { kReady, kNote, kBlocked };
  std::string name;
  State state = State::kReady;
  std::string text;
  std::vector<std::string> paths;  // concerned, absolute
};
struct Readiness {
  std::string home;
  std::vector<ReadyItem> items;

  bool ready() const;
};

// A port that dgmo listens on and that something else may hold already.
struct PortUse {
  int port = 0;
  bool used = false;
};

// From what the checks found; `ports` as they are now. Pure.
Readiness JudgeReadiness(const HomeModel& home, const std::vector<Finding>& findings,
                         const std::vector<PortUse>& ports);

// For people; ends in a newline.
std::string ReadinessText(const Readiness& readiness);
nlohmann::ordered_json ReadinessJson(const Readiness& readiness);

}  // namespace fleet::agent
