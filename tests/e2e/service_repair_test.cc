// A repair that acts beside the stores, as its user runs it: planned, done, written down, and not to be taken back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/store_writer.h"

namespace fleet {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class ServiceRepair : public FleetTest {
 protected:
  ServiceRepair() : station_(AddWorkstation("alone")), store_(agent::StoreWriter::Program(station_.home)) {
    store_.AddConversation("Refactor the ledger");
    log_ = station_.home + "/.local/share/dgmo/log/server.log";
    std::filesystem::create_directories(std::filesystem::path(log_).parent_path());
    std::ofstream(log_) << "INFO  2025-07-08T09:15:04 +3ms service=server started\n";
    // Oversized from a hundred megabytes on; most of it is a hole.
    std::filesystem::resize_file(log_, (100U << 20) + 1'000);
  }
  Json Repair(const std::vector<std::string>& more, int exit_code) const {
    std::vector<std::string> arguments = {"repair", "--only", "LOG_OVERSIZE", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = Agent(station_, arguments);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
    return Json::parse(finished.out, nullptr, false);
  }

  Workstation& station_;
  agent::StoreWriter store_;
  std::string log_;
};

TEST_F(ServiceRepair, IsPlannedDoneWrittenDownAndNotTakenBack) {
  const Json plan = Repair({"--plan"}, 0);
  ASSERT_EQ(plan["plans"].size(), 1U) << plan.dump(1);
  EXPECT_EQ(plan["plans"][0]["repair"], "R-LOGROTATE");
  EXPECT_EQ(plan["plans"][0]["steps"][0]["do"], "act");
  EXPECT_TRUE(plan["journal"].is_null());
  EXPECT_GT(std::filesystem::file_size(log_), 100U << 20);

  const Json run = Repair({"--apply"}, 0);
  EXPECT_EQ(run["results"][0]["outcome"], "applied") << run.dump(1);
  EXPECT_EQ(run["results"][0]["verified"], true);
  EXPECT_EQ(std::filesystem::file_size(log_), 0U);
  EXPECT_GT(std::filesystem::file_size(log_ + ".1"), 100U << 20);

  const std::string journal = run["journal"].get<std::string>();
  const Json shown =
      Json::parse(RunProgram({AgentProgram(), "journal", "show", journal, "--state", station_.state, "--json"}).out,
                  nullptr, false);
  EXPECT_EQ(shown["stage"], "finished");
  EXPECT_EQ(shown["results"][0]["repair"], "R-LOGROTATE");
  EXPECT_THAT(RunProgram({AgentProgram(), "journal", "--state", station_.state}).out, HasSubstr(journal));
  const Finished undo = RunProgram({AgentProgram(), "undo", journal, "--state", station_.state});
  EXPECT_EQ(undo.exit_code, 1);
  EXPECT_THAT(undo.out, HasSubstr("no_files"));

  EXPECT_EQ(Repair({"--apply"}, 0)["plans"].size(), 0U) << "there is nothing left to do";
}

}  // namespace
}  // namespace fleet
