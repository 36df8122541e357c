#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "coordinator/core/rows.h"

namespace fleet::coordinator {

// The order of incidents everywhere: open ones by severity and due time, then resolved ones, newest first.
struct IncidentOrder {
  bool resolved = false;
  Severity severity = Severity::kP0;  // of an open one
  std::int64_t when = 0;              // open: respond_by; resolved: its time, negated
  std::string id;
  auto operator<=>(const IncidentOrder&) const = default;
};
IncidentOrder OrderOf(const IncidentRow& incident);

// The incidents of one fault; the latest is the last.
struct FaultOrder {
  bool open = false;
  std::int64_t resolved_ms = 0;
  std::string id;
  auto operator<=>(const FaultOrder&) const = default;
};

// The incidents by what deciders, overview and lists ask for. Add and Remove are exact opposites.
struct IncidentIndex {
  std::set<IncidentOrder> ordered;
  std::map<std::string, std::set<IncidentOrder>, std::less<>> by_agent;
  std::map<FaultKey, std::set<FaultOrder>> by_fault;
  std::int64_t open_by_severity[kSeverities] = {};
  std::int64_t overdue = 0;  // among the open ones

  void Add(const IncidentRow& incident);
  void Remove(const IncidentRow& incident);
  bool operator==(const IncidentIndex&) const = default;
};

}  // namespace fleet::coordinator
