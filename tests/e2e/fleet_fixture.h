#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fleet {

// The built programs as real processes: a coordinator with its SQLite file and any number of workstations, each a home
// directory with an agent. Everything lies in a temporary folder and ends with the test.
class FleetTest : public ::testing::Test {
 protected:
  struct Workstation {
    std::string name;
    std::string home;
    std::string state;
    Process agent;
  };

  void StartCoordinator(const std::vector<std::string>& more = {});
  void KillCoordinator();
  // On the same address as before, from what it had stored.
  void RestartCoordinator();

  // A home without an agent yet.
  Workstation& AddWorkstation(const std::string& name);
  void StartAgent(Workstation& workstation, const std::vector<std::string>& more = {});

  Finished Ctl(const std::vector<std::string>& arguments) const;
  nlohmann::json CtlJson(const std::vector<std::string>& arguments) const;
  std::int64_t Overview(const std::string& name) const;
  std::int64_t OpenIncidents() const { return Overview("open_incidents"); }

  // dgmo-agent on that workstation's home and state folder.
  static Finished Agent(const Workstation& workstation, std::vector<std::string> arguments);

  const TempDir& dir() const { return dir_; }
  const std::string& address() const { return address_; }
  Process& coordinator() { return coordinator_; }
  std::vector<std::unique_ptr<Workstation>>& workstations() { return workstations_; }

 private:
  void Launch(const std::string& listen);

  TempDir dir_;
  std::string address_;
  std::vector<std::string> more_of_coordinator_;
  Process coordinator_;
  std::vector<std::unique_ptr<Workstation>> workstations_;
};

std::string AgentProgram();
std::string CoordinatorProgram();
std::string CtlProgram();

}  // namespace fleet
