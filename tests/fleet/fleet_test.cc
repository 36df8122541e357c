#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <iostream>

#include "coordinator/core/check_state.h"
#include "coordinator/core/query_dispatches.h"
#include "tests/fleet/simulation.h"
#include "tests/support/same_state.h"

namespace fleet {
namespace {

using coordinator::FleetState;

constexpr int kAgents = 16;

void ExpectConsistent(const FleetState& state) {
  EXPECT_TRUE(coordinator::CheckState(state).ok()) << coordinator::CheckState(state);
  EXPECT_TRUE(coordinator::SameState(state, coordinator::Recounted(state)));
  for (const auto& [id, dispatch] : state.dispatches()) {
    const auto view = coordinator::GetDispatch(state, id, 0);
    ASSERT_TRUE(view.ok());
    std::int64_t sum = 0;
    for (const std::int64_t count : view->counts) sum += count;
    std::int64_t machines = 0;
    for (const auto& [command_id, command] : state.commands()) machines += command->dispatch_id == id ? 1 : 0;
    EXPECT_EQ(sum, machines) << id;
  }
}

// An incident is open exactly for each fault that is there.
void ExpectTrueIncidents(Simulation& simulation, const FleetState& state) {
  std::map<std::string, std::set<std::string>> open;
  for (const auto& [id, incident] : state.incidents()) {
    if (coordinator::IsOpen(*incident)) open[incident->agent_id].insert(incident->finding->fingerprint);
  }
  for (int agent = 0; agent < simulation.size(); ++agent) {
    EXPECT_EQ(open[Simulation::IdOf(agent)], simulation.machine(agent).Fingerprints()) << "agent " << agent;
  }
}

// What the coordinator says of a command is what happened to it.
void ExpectTrueCommand(Simulation& simulation, int agent, const coordinator::CommandRow& command,
                       std::map<v1::CommandState, int>& counts) {
  ++counts[command.state];
  const std::string mark = command.action->repair().codes(1);
  Machine& machine = simulation.machine(agent);
  const bool ran = machine.runs.contains(mark);
  const std::string where =
      command.id + " of agent " + std::to_string(agent) + ", " + coordinator::CommandStateText(command.state);
  EXPECT_TRUE(coordinator::IsFinal(command.state)) << where;
  if (command.state == v1::COMMAND_STATE_SUCCEEDED || command.state == v1::COMMAND_STATE_FAILED) {
    EXPECT_TRUE(ran) << where;
    EXPECT_EQ(machine.ends[mark], command.state) << where;
  }
  if (command.state == v1::COMMAND_STATE_EXPIRED || command.state == v1::COMMAND_STATE_CANCELLED) {
    EXPECT_FALSE(ran) << where;
  }
  const agent::CommandRecord* record = simulation.journal(agent).Find(command.id);
  EXPECT_TRUE(!ran || record != nullptr) << where;
  if (record != nullptr) {
    EXPECT_EQ(record->state, command.state) << where;  // nothing the agent knows is lost
    EXPECT_TRUE(record->acknowledged) << where;
  }
}

class Day {
 public:
  explicit Day(Simulation& simulation) : simulation_(simulation), chance_(simulation.chance) {}

  // One minute in the life of the fleet.
  void Minute() {
    for (int agent = 0; agent < simulation_.size(); ++agent) {
      if (chance_.Happens(0.02)) simulation_.machine(agent).Break(std::string("s").append(std::to_string(++subjects_)));
      if (chance_.Happens(0.003)) simulation_.machine(agent).Cure();
      if (chance_.Happens(0.003)) simulation_.KillAgent(agent);
    }
    if (chance_.Happens(0.3)) simulation_.CutAny();
    if (chance_.Happens(0.005)) simulation_.KillCoordinator();
    if (chance_.Happens(0.04)) {
      const milliseconds expires = chance_.Happens(0.3)
                                       ? chance_.Between(milliseconds(200), milliseconds(20'000))
                                       : chance_.Between(milliseconds(20'000), milliseconds(3'600'000));
      const bool cancel = chance_.Happens(0.3);
      simulation_.Dispatch(expires, cancel ? chance_.Between(milliseconds(1), milliseconds(60'000)) : milliseconds(0));
    }
    simulation_.Advance(chance_.Between(milliseconds(59'000), milliseconds(61'000)));
  }

 private:
  Simulation& simulation_;
  Chance& chance_;
  int subjects_ = 0;
};

class FleetTest : public testing::TestWithParam<int> {};

TEST_P(FleetTest, ADayOfFaultsLostStreamsAndRestartsFalsifiesNothing) {
  spdlog::set_level(spdlog::level::off);
  const auto begin = std::chrono::steady_clock::now();
  Simulation simulation(kAgents, static_cast<std::uint64_t>(GetParam()));
  Day day(simulation);
  for (int minute = 0; minute < 24 * 60; ++minute) {
    day.Minute();
    const FleetState* state = minute % 120 == 0 ? simulation.State() : nullptr;
    if (state != nullptr) ExpectConsistent(*state);
  }
  simulation.Advance(std::chrono::hours(1));  // calm: everything comes to its end

  const FleetState* state = simulation.State();
  ASSERT_NE(state, nullptr);
  ExpectConsistent(*state);
  ExpectTrueIncidents(simulation, *state);
  std::map<v1::CommandState, int> counts;
  for (int agent = 0; agent < kAgents; ++agent) {
    for (const auto& [id, command] : state->commands()) {
      if (command->agent_id == Simulation::IdOf(agent)) ExpectTrueCommand(simulation, agent, *command, counts);
    }
  }
  // The day was a hard one: every way to end was taken.
  for (const auto end : {v1::COMMAND_STATE_SUCCEEDED, v1::COMMAND_STATE_FAILED, v1::COMMAND_STATE_EXPIRED,
                         v1::COMMAND_STATE_CANCELLED, v1::COMMAND_STATE_UNKNOWN}) {
    EXPECT_GT(counts[end], 0) << v1::CommandState_Name(end);
  }
  std::cout << "simulated 25 h of " << kAgents << " agents, " << simulation.messages << " messages up, "
            << state->incidents().size() << " incidents, " << state->commands().size() << " commands in "
            << std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() << " s\n";
  for (const auto& [end, count] : counts) std::cout << "  " << v1::CommandState_Name(end) << " " << count << "\n";
}

INSTANTIATE_TEST_SUITE_P(Seeds, FleetTest, testing::Range(1, 6));

}  // namespace
}  // namespace fleet
