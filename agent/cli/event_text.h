#pragma once

#include <string>
#include <vector>

#include "agent/watch/store_event.h"

namespace fleet::agent {

// Which events a watcher wants to see.
struct EventFilter {
  std::string session;             // about this session
  std::string parent;              // about this session's sub-sessions and their index
  std::vector<std::string> kinds;  // of these kinds
};
bool Passes(const EventFilter& filter, const StoreEvent& event);

// One line, without its end.
std::string EventLine(const StoreEvent& event, std::int64_t time_ms, bool colour);
std::string EventJson(const StoreEvent& event, std::int64_t time_ms);

}  // namespace fleet::agent
