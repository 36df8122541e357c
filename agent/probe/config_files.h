#pragma once

#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/mcp_entries.h"
#include "agent/probe/projects.h"

namespace fleet::agent {

// What was read of the configuration of a home: what is wrong with each file, and what they say. The values may be
// secrets.
struct ConfigReading {
  std::vector<ConfigFile> files;
  std::vector<ConfigLayer> layers;
};

// Both read in the order in which dgmo loads them. What cannot be read goes to the home's `unreadable`, what is not
// looked at (a link that leads out of the home) to its `unknown`.
void ReadGlobalConfig(const std::string& app, HomeModel& home, ConfigReading& reading);
void ReadProjectConfig(const std::string& app, const Project& project, HomeModel& home, ConfigReading& reading);

}  // namespace fleet::agent
