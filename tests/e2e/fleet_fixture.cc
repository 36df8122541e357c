#include "tests/e2e/fleet_fixture.h"

#include <algorithm>
#include <csignal>
#include <filesystem>

namespace fleet {

std::string AgentProgram() { return FLEET_AGENT_PROGRAM; }
std::string CoordinatorProgram() { return FLEET_COORDINATOR_PROGRAM; }
std::string CtlProgram() { return FLEET_CTL_PROGRAM; }

void FleetTest::Launch(const std::string& listen) {
  const std::string ready = dir_ / "address";
  std::filesystem::remove(ready);
  Process::Options options;
  options.output = dir_ / "coordinator.log";
  std::vector<std::string> argv = {CoordinatorProgram(),
                                   "serve",
                                   "--listen",
                                   listen,
                                   "--store",
                                   "sqlite:" + (dir_ / "coordinator.db"),
                                   "--ready-file",
                                   ready,
                                   "--heartbeat-interval",
                                   "500ms"};
  argv.insert(argv.end(), more_of_coordinator_.begin(), more_of_coordinator_.end());
  coordinator_ = Process(argv, options);
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(ready); })) << ReadFile(options.output);
  address_ = ReadFile(ready);
  while (!address_.empty() && address_.back() == '\n') address_.pop_back();
}

void FleetTest::StartCoordinator(const std::vector<std::string>& more) {
  more_of_coordinator_ = more;
  Launch("127.0.0.1:0");
}

void FleetTest::KillCoordinator() { coordinator_.Kill(); }

void FleetTest::RestartCoordinator() {
  coordinator_.Kill();
  Launch(address_);
}

FleetTest::Workstation& FleetTest::AddWorkstation(const std::string& name) {
  workstations_.push_back(std::make_unique<Workstation>());
  Workstation& workstation = *workstations_.back();
  workstation.name = name;
  workstation.home = dir_ / ("home-" + name);
  workstation.state = dir_ / ("state-" + name);
  std::filesystem::create_directories(workstation.home);
  return workstation;
}

void FleetTest::StartAgent(Workstation& workstation, const std::vector<std::string>& more) {
  Process::Options options;
  options.output = dir_ / ("agent-" + workstation.name + ".log");
  std::vector<std::string> argv = {AgentProgram(),    "run",         "--home",         workstation.home,   "--state",
                                   workstation.state, "--host-name", workstation.name, "--check-interval", "1",
                                   "--no-quarantine"};  // tests kill agents wherever they are
  if (!address_.empty()) argv.insert(argv.end(), {"--coordinator", address_});
  // What a test broke is to stay so until it says otherwise.
  if (std::find(more.begin(), more.end(), "--auto-repair") == more.end()) {
    argv.insert(argv.end(), {"--auto-repair", "off"});
  }
  argv.insert(argv.end(), more.begin(), more.end());
  workstation.agent = Process(argv, options);
}

Finished FleetTest::Ctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {CtlProgram(), "--coordinator", address_};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunProgram(argv);
}

nlohmann::json FleetTest::CtlJson(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {"--json"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return nlohmann::json::parse(Ctl(argv).out, nullptr, false);
}

std::int64_t FleetTest::Overview(const std::string& name) const {
  const nlohmann::json overview = CtlJson({"overview"});
  const auto value = overview.find(name);
  return overview.is_object() && value != overview.end() && value->is_number() ? value->get<std::int64_t>() : -1;
}

Finished FleetTest::Agent(const Workstation& workstation, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), AgentProgram());
  const std::string command = arguments[1];
  if (command != "undo" && command != "journal" && command != "explain") {
    arguments.insert(arguments.end(), {"--home", workstation.home});
  }
  if (command != "explain") arguments.insert(arguments.end(), {"--state", workstation.state});
  return RunProgram(arguments);
}

}  // namespace fleet
