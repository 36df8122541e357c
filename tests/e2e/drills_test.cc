// Recovery drills that a running agent acts out by itself.

#include <gtest/gtest.h>

#include <filesystem>

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

}  // namespace
}  // namespace fleet
