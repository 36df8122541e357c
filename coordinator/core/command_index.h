#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "coordinator/core/rows.h"

namespace fleet::coordinator {

// The commands by what deciders, overview and lists ask for. Add and Remove are exact opposites.
struct CommandIndex {
  // One dispatch: its commands by agent id, and how many are in each state.
  struct Group {
    std::map<std::string, std::string, std::less<>> by_agent;
    std::array<std::int64_t, kCommandStates> counts{};
    bool operator==(const Group&) const = default;
  };

  std::map<std::string, Group, std::less<>> by_dispatch;
  // Of one agent, by (created, id).
  std::map<std::string, std::set<std::pair<std::int64_t, std::string>>, std::less<>> by_agent;
  // Of one agent, the ones that are not final, in the same order.
  std::map<std::string, std::set<std::pair<std::int64_t, std::string>>, std::less<>> waiting_by_agent;
  std::int64_t waiting = 0;

  void Add(const CommandRow& command);
  void Remove(const CommandRow& command);
  bool operator==(const CommandIndex&) const = default;
};

}  // namespace fleet::coordinator
