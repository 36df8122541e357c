#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "coordinator/core/rows.h"

namespace fleet::coordinator {

// Places a machine among the ones that need attention: the worst health first, then the most findings, the most
// severe ones counting first.
struct WorstKey {
  int badness = 0;                                // smaller is worse
  std::array<std::int64_t, kSeverities> fewer{};  // findings by severity, negated
  std::string id;
  auto operator<=>(const WorstKey&) const = default;
};

// The machines by what the overview and the lists ask for. Add and Remove are exact opposites.
struct AgentIndex {
  using Ids = std::set<std::string, std::less<>>;

  std::array<std::array<Ids, kConnectivities>, kHealths> by_health_and_connectivity;
  std::set<WorstKey> worst;  // healthy machines are not in it
  std::map<std::string, Ids, std::less<>> by_host;

  void Add(const AgentRow& agent);
  void Remove(const AgentRow& agent);
  bool operator==(const AgentIndex&) const = default;
};

}  // namespace fleet::coordinator
