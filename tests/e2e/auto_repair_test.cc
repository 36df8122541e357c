// The resident agent repairs by itself what its policy allows, alone, with nobody to tell it to.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/backup_writer.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"

namespace fleet {
namespace {

class AutoRepair : public FleetTest {
 protected:
  AutoRepair() : station_(AddWorkstation("alone")), store_(agent::StoreWriter::Program(station_.home)) {
    InstallDgmo(station_.home);
    WriteSessionBackup(station_.home, std::time(nullptr) * std::int64_t{1000});
    parent_ = store_.AddConversation("Refactor the ledger");
    child_ = store_.AddAgent(parent_, "Explorer");
  }

  void Start(std::vector<std::string> options) {
    options.insert(options.end(), {"--auto-repair-settling", "0", "--auto-repair-cooldown", "0"});
    if (std::find(options.begin(), options.end(), "--config") != options.end()) {
      // The fixture's own word would win over the file's.
      station_.agent = Process(Arguments(options), {.environment = {}, .directory = "", .output = Log()});
    } else {
      StartAgent(station_, options);
    }
  }
  std::vector<std::string> Arguments(const std::vector<std::string>& options) const {
    std::vector<std::string> argv = {AgentProgram(),     "run",     "--home",
                                     station_.home,      "--state", station_.state,
                                     "--check-interval", "1",       "--no-quarantine"};
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
  }
  void Stop() {
    station_.agent.Signal(SIGTERM);
    EXPECT_EQ(station_.agent.Wait(std::chrono::seconds(20)), 0) << ReadFile(Log());
  }

  void Break() { store_.WriteIndex(parent_, {}); }
  bool IsWhole() const {
    return ReadFile(store_.AsRoot().path + "/" + store_.IndexPath(parent_)).find(child_) != std::string::npos;
  }
  std::string Log() const { return dir() / "agent-alone.log"; }
  bool Logs(const std::string& text) const { return ReadFile(Log()).find(text) != std::string::npos; }
  int CountOf(const std::string& text) const {
    const std::string log = ReadFile(Log());
    int count = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }

  Workstation& station_;
  agent::StoreWriter store_;
  std::string parent_;
  std::string child_;
};

TEST_F(AutoRepair, HealsAFaultByItselfAndTakesItBackOnRequest) {
  Break();
  Start({"--auto-repair", "safe"});
  EXPECT_TRUE(Eventually([&] { return IsWhole(); })) << ReadFile(Log());
  EXPECT_TRUE(Eventually([&] { return Logs("auto_repaired repair=R-INDEX"); }));
  Stop();
  const auto journal = std::filesystem::directory_iterator(station_.state + "/repairs")->path().filename().string();
  EXPECT_EQ(Agent(station_, {"undo", journal}).exit_code, 0);
  EXPECT_FALSE(IsWhole());
}

TEST_F(AutoRepair, ObservingTellsAndChangesNothing) {
  Break();
  Start({"--auto-repair", "observe"});
  EXPECT_TRUE(Eventually([&] { return Logs("auto_repair_would repair=R-INDEX"); })) << ReadFile(Log());
  Stop();
  EXPECT_FALSE(IsWhole());
  EXPECT_FALSE(std::filesystem::exists(station_.state + "/repairs"));
}

TEST_F(AutoRepair, TheFileSwitchesItOffAndOnWhileItRuns) {
  dir().Write("agent.toml", "auto-repair = \"off\"\n");
  Break();
  Start({"--config", dir() / "agent.toml"});
  EXPECT_TRUE(Eventually([&] { return Logs("auto_repair_policy is=off") && Logs("findings_changed"); }));
  EXPECT_FALSE(IsWhole());
  dir().Write("agent.toml", "auto-repair = \"safe\"\n");
  EXPECT_TRUE(Eventually([&] { return IsWhole(); })) << ReadFile(Log());
  dir().Write("agent.toml", "auto-repair = \"none of these\"\n");
  EXPECT_TRUE(Eventually([&] { return Logs("auto_repair_policy_unknown"); })) << "which is off, too";
  const int told = CountOf("findings_changed");
  Break();
  EXPECT_TRUE(Eventually([&] { return CountOf("findings_changed") > told; }));
  Stop();
  EXPECT_FALSE(IsWhole());
}

TEST_F(AutoRepair, AFaultThatReturnsThreeTimesIsLeftToAPerson) {
  Start({"--auto-repair", "safe"});
  for (int round = 0; round < 3; ++round) {
    Break();
    ASSERT_TRUE(Eventually([&] { return CountOf("auto_repaired") > round && IsWhole(); })) << ReadFile(Log());
  }
  Break();
  EXPECT_TRUE(Eventually([&] { return Logs("is not repaired any more") && Logs("health=critical"); }))
      << ReadFile(Log());
  Stop();
  EXPECT_FALSE(IsWhole());

  // Nor after a restart.
  const int before = CountOf("health=critical");
  Start({"--auto-repair", "safe"});
  EXPECT_TRUE(Eventually([&] { return CountOf("health=critical") > before; })) << ReadFile(Log());
  Stop();
  EXPECT_FALSE(IsWhole());
}

TEST_F(AutoRepair, TakesAnInterruptedRepairBackAtItsStart) {
  Break();
  EXPECT_EQ(Agent(station_, {"repair", "--apply"}).exit_code, 0);
  ASSERT_TRUE(IsWhole());
  // As a crash leaves it right before the last step.
  const auto journal = std::filesystem::directory_iterator(station_.state + "/repairs")->path();
  std::filesystem::remove(journal / "root-0.committed");
  Start({"--auto-repair", "off"});
  EXPECT_TRUE(Eventually([&] { return Logs("interrupted_repair"); })) << ReadFile(Log());
  Stop();
  EXPECT_FALSE(IsWhole());
}

}  // namespace
}  // namespace fleet
