// Recovery drills that a running agent acts out by itself.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Drills : public testing::Test {
 protected:
  Drills() : store_(agent::StoreWriter::Program(dir_ / "home")) { store_.AddConversation("Refactor the ledger"); }

  Process StartAgent() const {
    return Process({AgentProgram(), "run", "--home", dir_ / "home", "--state", dir_ / "state", "--no-backups",
                    "--auto-repair", "off", "--drills-after-minutes", "0"},
                   {.environment = {}, .directory = "", .output = dir_ / "log"});
  }
  Json History() const {
    return Json::parse(RunProgram({AgentProgram(), "drill", "--history", "--json", "--state", dir_ / "state"}).out);
  }
  bool IsUnderWay() const {
    return fs::exists(dir_ / "state/drills/under-way") && !fs::is_empty(dir_ / "state/drills/under-way");
  }

  TempDir dir_;
  agent::StoreWriter store_;
};

TEST_F(Drills, AreActedOutAndKeptByARunningAgent) {
  const std::string before = TreeText(store_.path());
  Process agent = StartAgent();
  ASSERT_TRUE(Eventually([&] { return !History().empty(); }, std::chrono::minutes(5))) << ReadFile(dir_ / "log");
  const Json history = History();
  EXPECT_EQ(history[0]["failed"], 0) << history.dump(1);
  EXPECT_GT(history[0]["passed"].get<int>(), 8);
  EXPECT_TRUE(Eventually([&] { return !fs::exists(dir_ / "state/drills/under-way"); }, std::chrono::seconds(20)));
  agent.Signal(SIGTERM);
  EXPECT_EQ(agent.Wait(std::chrono::seconds(20)), 0);
  EXPECT_EQ(ReadFile(dir_ / "log").find("drill_"), std::string::npos) << ReadFile(dir_ / "log");
  EXPECT_EQ(TreeText(store_.path()), before);
}

TEST_F(Drills, AreGivenUpWhenTheAgentStops) {
  Process agent = StartAgent();
  ASSERT_TRUE(Eventually([&] { return IsUnderWay(); }, std::chrono::seconds(60))) << ReadFile(dir_ / "log");
  agent.Signal(SIGTERM);
  EXPECT_EQ(agent.Wait(std::chrono::seconds(20)), 0);
  EXPECT_FALSE(fs::exists(dir_ / "state/drills/under-way"));
  EXPECT_TRUE(History().empty());
}

class ReportedDrills : public FleetTest {};

TEST_F(ReportedDrills, AreEvidenceWithTheCoordinator) {
  StartCoordinator();
  Workstation& workstation = AddWorkstation("station");
  agent::StoreWriter::Program(workstation.home).AddConversation("Refactor the ledger");
  fs::create_directories(workstation.state + "/drills");
  std::ofstream(workstation.state + "/drills/drill_2026-09-21_14-13-20.json")
      << R"({"began_ms":1790000000000,"passed":13,"failed":1,"skipped":2,"test_results":{"D5":{"result":"FAIL"}}})";
  StartAgent(workstation);
  const auto told = [&] {
    const Json agents = CtlJson({"agents", "list"});
    return agents.dump().find("1790000000000") != std::string::npos;
  };
  EXPECT_TRUE(Eventually(told, std::chrono::seconds(30))) << CtlJson({"agents", "list"}).dump(1);
  const Finished shown = Ctl({"agents", "show", "station"});
  EXPECT_NE(shown.out.find("FAILED"), std::string::npos) << shown.out << shown.err;
  EXPECT_NE(shown.out.find("13 of 14, 2 left out"), std::string::npos) << shown.out;
}

}  // namespace
}  // namespace fleet
