// The whole chain with real processes: a fault, the finding, the incident, the dispatched repair, the closed incident.
// With the coordinator and the agents killed at random moments in between.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "tests/e2e/fleet_fixture.h"
#include "tests/fault/faults.h"
#include "tests/support/backup_writer.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"
#include "tests/support/stores.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

using Json = nlohmann::json;

const std::vector<std::vector<std::string>> kFaultsByStation = {
    {"index-deleted", "record-deleted"},
    {"session-empty", "litter-info-alone"},
    {"session-nul", "index-truncated", "foreign-file-info"},
    {"subsession-truncated", "litter-index-newer"},
};

class Chain : public FleetTest {
 protected:
  void BreakStations() {
    for (std::size_t i = 0; i < kFaultsByStation.size(); ++i) {
      Workstation& station = AddWorkstation("station-" + std::to_string(i));
      agent::StoreWriter store = agent::StoreWriter::Program(station.home);
      InstallDgmo(station.home);
      store.AddConversation("Nothing delegated");
      store.AddConversation("Nothing either");
      for (int k = 0; k < 4; ++k) {
        const std::string session = store.AddConversation("Session " + std::to_string(k));
        store.AddAgent(session, "First agent");
        store.AddAgent(session, "Second agent");
      }
      WriteSessionBackup(station.home, std::time(nullptr) * std::int64_t{1000});
      for (const std::string& fault : kFaultsByStation[i]) {
        const auto injected = InjectFault(station.home, fault, static_cast<unsigned>(i));
        ASSERT_TRUE(injected.ok()) << fault << injected.status();
        ASSERT_TRUE(injected->repairable) << fault;
      }
      broken_.push_back(TreeText(station.home));
    }
  }

  void StartAgents() {
    for (auto& station : workstations()) StartAgent(*station);
  }

  void StopAgents() {
    for (auto& station : workstations()) {
      station->agent.Signal(SIGTERM);
      EXPECT_EQ(station->agent.Wait(std::chrono::seconds(10)), 0)
          << ReadFile(dir() / ("agent-" + station->name + ".log"));
    }
  }

  void ExpectHealedAndReversible() {
    for (const auto& station : workstations()) {
      EXPECT_EQ(Agent(*station, {"check"}).exit_code, 0) << Agent(*station, {"check"}).out;
    }
    ExpectNothingToRepairAndReversible();
  }

  // Every journal taken back, newest first, gives the broken trees again.
  void ExpectNothingToRepairAndReversible() {
    for (std::size_t i = 0; i < workstations().size(); ++i) {
      const Workstation& station = *workstations()[i];
      const Json again = Json::parse(Agent(station, {"repair", "--apply", "--json"}).out, nullptr, false);
      EXPECT_TRUE(again["journal"].is_null()) << again.dump(1);
      const Json journals = Json::parse(Agent(station, {"journal", "list", "--json"}).out, nullptr, false);
      std::vector<std::string> ids;
      for (const Json& journal : journals) {
        if (journal["stage"] == "committed") ids.push_back(journal["id"].get<std::string>());
      }
      EXPECT_FALSE(ids.empty()) << journals.dump(1);
      std::sort(ids.rbegin(), ids.rend());
      for (const std::string& id : ids) {
        const Finished undone = Agent(station, {"undo", id});
        EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
      }
      EXPECT_EQ(TreeText(station.home), broken_[i]) << station.name;
    }
  }

  std::vector<std::string> broken_;
};

TEST_F(Chain, FaultsBecomeIncidentsAndADispatchedRepairClosesThem) {
  StartCoordinator();
  BreakStations();
  StartAgents();
  ASSERT_TRUE(Eventually([&] { return Overview("agents") == 4 && OpenIncidents() >= 9; })) << Ctl({"overview"}).out;
  const Json incidents = CtlJson({"incidents", "list"});
  for (const Json& incident : incidents["incidents"]) {
    EXPECT_EQ(incident["state"], "open") << incident.dump();
    EXPECT_EQ(incident["severity"], incident["finding"]["severity"]) << incident.dump();
    const std::int64_t hours = incident["severity"] == "P1" ? 4 : incident["severity"] == "P2" ? 24 : 72;
    EXPECT_EQ(incident["respond_by_ms"].get<std::int64_t>() - incident["opened_ms"].get<std::int64_t>(),
              hours * 3'600'000);
  }
  const auto id = incidents["incidents"][0]["incident_id"].get<std::string>();
  const Finished taken = Ctl({"incidents", "ack", id, "--owner", "mira", "--for", "2h", "--note", "on it"});
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  KillCoordinator();
  RestartCoordinator();
  const Json mine = CtlJson({"incidents", "list", "--state", "acknowledged"});
  ASSERT_EQ(mine["incidents"].size(), 1U) << mine.dump(1);
  EXPECT_EQ(mine["incidents"][0]["owner"], "mira");
  ASSERT_TRUE(Eventually([&] {
    return CtlJson({"agents", "list", "--connectivity", "online"})["agents"].size() == 4;
  }));
  EXPECT_EQ(Ctl({"dispatch", "start"}).exit_code, 2) << "an empty selector is an error";
  const Finished started = Ctl({"dispatch", "start", "--all", "--wait"});
  EXPECT_EQ(started.exit_code, 0) << started.out << started.err;
  EXPECT_TRUE(Eventually([&] { return OpenIncidents() == 0; })) << Ctl({"incidents", "list"}).out;
  const Json closed = CtlJson({"incidents", "show", id});
  EXPECT_EQ(closed["state"], "resolved");
  EXPECT_NE(closed["command_id"], "") << "it says what cured it";
  StopAgents();
  ExpectHealedAndReversible();
}

TEST_F(Chain, HealsRealStores) {
  const std::vector<std::string> archives = RealStoreArchives();
  if (archives.empty()) GTEST_SKIP() << "DGMO_TEST_STORES is not set: no stores of the real programs to break";
  StartCoordinator();
  for (const std::string& archive : archives) {
    Workstation& station = AddWorkstation(std::filesystem::path(archive).stem().stem().string());
    ASSERT_TRUE(UnpackStore(archive, station.home)) << archive;
    for (const char* fault : {"session-empty", "message-nul-tail", "litter-info-partial", "index-truncated"}) {
      const absl::Status injected = InjectFault(station.home, fault, 3).status();
      ASSERT_TRUE(injected.ok() || absl::IsFailedPrecondition(injected)) << fault << injected;
    }
    broken_.push_back(TreeText(station.home));
  }
  StartAgents();
  // A dispatch that names no repair does none of these.
  const std::set<std::string> on_request = {"R-BACKUP", "R-CONSOLIDATE", "R-MESSAGE-CLOSE", "R-PRUNE"};
  const auto curable = [&] {
    std::int64_t count = 0;
    const Json page = CtlJson({"incidents", "list"});
    for (const Json& incident : page["incidents"]) {
      const Json& finding = incident["finding"];
      const bool counts = !finding["repair"].is_null() && !on_request.contains(finding["repair"].get<std::string>()) &&
                          finding["refusal"].is_null();
      count += counts ? 1 : 0;
    }
    return count;
  };
  ASSERT_TRUE(
      Eventually([&] { return Overview("agents") == static_cast<std::int64_t>(archives.size()) && curable() >= 6; }));
  const Finished started = Ctl({"dispatch", "start", "--all", "--wait"});
  EXPECT_EQ(started.exit_code, 0) << started.out << started.err;
  EXPECT_TRUE(Eventually([&] { return curable() == 0; })) << Ctl({"incidents", "list"}).out;
  StopAgents();
  ExpectNothingToRepairAndReversible();
}

TEST_F(Chain, SurvivesKillsAtRandomMoments) {
  StartCoordinator();
  BreakStations();
  StartAgents();
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  ASSERT_TRUE(Eventually([&] { return Overview("agents") == 4 && OpenIncidents() >= 9; }));
  int kills = 0;
  for (int round = 0; round < 12; ++round) {
    if (round % 3 == 0) Ctl({"dispatch", "start", "--all", "--expires", "1m"});
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 250));
    const std::size_t victim = random() % (workstations().size() + 1);
    if (victim == workstations().size()) {
      RestartCoordinator();
    } else {
      workstations()[victim]->agent.Kill();
      StartAgent(*workstations()[victim]);
    }
    ++kills;
  }
  // A repair that a kill interrupted may have ended UNKNOWN; it is never begun again by itself, an admin is. The next
  // one takes back what it left half done, also where no finding shows that there is something.
  EXPECT_TRUE(Eventually([&] { return Overview("agents") == 4 && Overview("running_commands") == 0; },
                         std::chrono::seconds(60)));
  Ctl({"dispatch", "start", "--all", "--expires", "10s", "--wait"});
  EXPECT_TRUE(Eventually(
      [&] {
        if (Overview("agents") == 4 && OpenIncidents() == 0) return true;
        if (Overview("running_commands") == 0) Ctl({"dispatch", "start", "--all", "--expires", "10s", "--wait"});
        return false;
      },
      std::chrono::seconds(60)))
      << Ctl({"incidents", "list"}).out << Ctl({"dispatch", "list"}).out;
  std::printf("%d kills, seed %u\n", kills, seed);
  StopAgents();
  ExpectHealedAndReversible();
}

TEST_F(Chain, TheAgentWorksAloneAndReportsWhenTheCoordinatorComesBack) {
  StartCoordinator();
  BreakStations();
  KillCoordinator();
  StartAgents();
  const Workstation& first = *workstations()[0];
  ASSERT_TRUE(Eventually(
      [&] { return ReadFile(dir() / ("agent-" + first.name + ".log")).find("check") != std::string::npos; }));
  EXPECT_EQ(Agent(first, {"repair", "--apply"}).exit_code, 0);
  RestartCoordinator();
  EXPECT_TRUE(Eventually([&] { return Overview("agents") == 4 && OpenIncidents() >= 7; }, std::chrono::seconds(40)));
  EXPECT_TRUE(Eventually([&] {
    return CtlJson({"incidents", "list", "--agent", first.name})["incidents"].empty();
  })) << "what was repaired meanwhile is no incident";
  StopAgents();
}

}  // namespace
}  // namespace fleet
