#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/settings.h"

namespace fleet::agent {

// What `tasks` shows of dgmo's tool `task`: the agents that sessions started, what its log says of them, and whether
// the place they are recorded in can be used. Names and descriptions are the user's: for their own terminal only.
struct TaskReport {
  struct Task {
    std::string id;
    std::string parent;
    std::string agent;
    std::string status;
    std::int64_t created_ms = 0;
    std::int64_t completed_ms = 0;  // 0: not yet
    std::int64_t changed_ms = 0;    // its record or its conversation, whichever was later
    bool recent = false;            // changed within the last half hour
    bool stuck = false;             // not completed, idle, and no dgmo works on the root
    std::string root;
  };
  struct Execution {  // a line of task-debug.log
    std::int64_t time_ms = 0;
    std::string session;
    std::string description;
  };
  struct Storage {
    std::string path;
    bool exists = false;
    std::uint32_t owner = 0;
    std::uint32_t mode = 0;  // permission bits
    bool live = false;
  };
  std::vector<Task> tasks;            // the last changed first
  std::vector<Execution> executions;  // the last ones, in order
  std::vector<Storage> storages;
  std::string latest_session;  // of all roots; empty: none
  std::int64_t latest_ms = 0;
  std::string latest_root;
};

TaskReport ReadTasks(const HomeModel& home, const CheckSettings& settings, std::int64_t now_ms);

// For people the last `most` tasks, but every stuck one; for programs all. Both end in a newline.
std::string TaskText(const TaskReport& report, std::size_t most);
nlohmann::ordered_json TaskJson(const TaskReport& report);

}  // namespace fleet::agent
