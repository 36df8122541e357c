#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "agent/cli/local_workstation.h"
#include "agent/probe/liveness.h"
#include "agent/store/find_roots.h"
#include "agent/watch/watcher.h"
#include "common/strand.h"
#include "tests/support/process.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

// Seconds of hammering; more by FLEET_HAMMER_SECONDS.
int Seconds() {
  const char* given = std::getenv("FLEET_HAMMER_SECONDS");
  return given == nullptr ? 4 : std::max(1, std::atoi(given));
}

// A project with a store that is healthy, and a dgmo that writes into it.
class HammerTest : public testing::Test {
 protected:
  HammerTest() {
    dir_.Write("repo/.git/HEAD", "");
    StoreWriter store = StoreWriter::Program(dir_ / "home", SlugOf(dir_ / "repo"));
    AddBreakableSessions(store);
    root_ = store.path();
    std::filesystem::create_directories(dir_ / "bin");
    std::filesystem::create_symlink(FLEET_WRITER_PROGRAM, dir_ / "bin/dgmo");
  }
  void StartDgmo() {
    dgmo_ = Process({dir_ / "bin/dgmo", root_, std::to_string(Seconds())},
                    {.environment = {}, .directory = dir_ / "repo", .output = ""});
    // Wait until it is seen: the moment before is as short as a start.
    ASSERT_TRUE(Eventually([&] { return IsLive(ResolveRoot(root_)->front()); }));
  }
  std::vector<std::string> Check() const {
    const Finished check = RunProgram({FLEET_AGENT_PROGRAM, "check", "--root", root_, "--json"});
    const nlohmann::json report = nlohmann::json::parse(check.out);
    std::vector<std::string> found;
    for (const auto& finding : report.at("findings")) {
      found.push_back(finding.at("code").get<std::string>() + " " + finding.at("path").get<std::string>());
    }
    return found;
  }

  const TempDir dir_;
  std::string root_;
  Process dgmo_;
};

TEST_F(HammerTest, ADaemonThatFollowsEveryChangeFindsNothing) {
  StartDgmo();
  const SystemClock clock;
  DirectProbeRunner probes;
  LocalWorkstation workstation(clock, {Target{{}, *ResolveRoot(root_)}}, dir_ / "state", {}, probes);
  std::set<std::string> found;
  std::atomic<int> looks = 0;
  std::int64_t sessions = 0;
  const auto look = [&](const Scope& scope) {
    const Examination seen = workstation.Examine(scope);
    for (const Finding& finding : seen.findings) found.insert(finding.code + " " + finding.path);
    if (!seen.roots.empty()) sessions = seen.roots.front().sessions();
    ++looks;
  };
  Strand strand;
  strand.Post([&] { look({.everything = true, .stores = true, .changed = {}}); });
  Watcher watcher({}, WatchPlan::Of({Target{{}, *ResolveRoot(root_)}}, false), clock, strand, [&](ChangeBatch batch) {
    look({.everything = false, .stores = batch.rescan, .changed = std::move(batch.paths)});
  });
  EXPECT_EQ(dgmo_.Wait(std::chrono::seconds(Seconds() + 30)), 0);
  watcher.Stop();
  strand.Stop();
  EXPECT_GT(looks, Seconds());
  EXPECT_GT(sessions, 10);
  EXPECT_EQ(found, std::set<std::string>{});
  EXPECT_EQ(Check(), std::vector<std::string>{});
}

TEST_F(HammerTest, WatchTellsWhatHappensAndThatNothingIsWrong) {
  Process watch({FLEET_AGENT_PROGRAM, "watch", "--root", root_, "--json"},
                {.environment = {}, .directory = "", .output = dir_ / "events"});
  ASSERT_TRUE(Eventually([&] { return ReadFile(dir_ / "events").find("watch_started") != std::string::npos; }));
  StartDgmo();
  EXPECT_EQ(dgmo_.Wait(std::chrono::seconds(Seconds() + 30)), 0);
  const auto told = [&](const std::string& kind) {
    return ReadFile(dir_ / "events").find("\"event\":\"" + kind + "\"") != std::string::npos;
  };
  EXPECT_TRUE(Eventually([&] { return told("subsession_status_changed") && told("index_changed"); }));
  watch.Signal(SIGTERM);
  EXPECT_EQ(watch.Wait(std::chrono::seconds(20)), 0);
  for (const char* kind : {"session_created", "session_updated", "message_written", "subsession_created"}) {
    EXPECT_TRUE(told(kind)) << kind;
  }
  std::istringstream lines(ReadFile(dir_ / "events"));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.find("finding_opened") == std::string::npos) << line;
    EXPECT_TRUE(line.find("events_dropped") == std::string::npos) << line;
  }
}

TEST_F(HammerTest, ChecksFindNothing) {
  StartDgmo();
  while (dgmo_.running()) EXPECT_EQ(Check(), std::vector<std::string>{});
  EXPECT_EQ(Check(), std::vector<std::string>{});
}

}  // namespace
}  // namespace fleet::agent
