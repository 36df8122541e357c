// The commands about backups, as their users run them.

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/backup_writer.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

using Json = nlohmann::json;

class Backups : public ::testing::Test {
 protected:
  Backups() : store_(agent::StoreWriter::Program(home_)) { store_.AddConversation("A session"); }

  Finished Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), AgentProgram());
    return RunProgram(arguments);
  }
  Json List(int exit_code) const {
    const Finished finished = Run({"backups", "--home", home_, "--json"});
    EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
    return Json::parse(finished.out, nullptr, false)["homes"][0];
  }

  TempDir dir_;
  const std::string home_ = dir_ / "home";
  agent::StoreWriter store_;
};

TEST_F(Backups, AreListedWithTheirState) {
  EXPECT_EQ(List(1)["roots"][0]["newest_good"], Json()) << "a data root without a backup";
  const std::string good = WriteSessionBackup(home_, store_.now_ms() + 1000);
  const std::string before = TreeText(home_);
  EXPECT_EQ(List(0)["roots"][0]["newest_good"], good);
  EXPECT_EQ(TreeText(home_), before) << "looking changes nothing";
  const std::string bad = WriteSessionBackup(home_, store_.now_ms() + 5000);
  std::filesystem::resize_file(bad, 50);
  SetFileTime(bad, store_.now_ms() + 5000);
  const Json list = List(1);
  EXPECT_EQ(list["backups"][0]["state"], "corrupt") << "the newest first";
  EXPECT_EQ(list["backups"][1]["state"], "good");
  EXPECT_EQ(list["roots"][0]["newest_good"], good);
  const Finished text = Run({"backups", "--home", home_});
  EXPECT_NE(text.out.find("newest good backup"), std::string::npos) << text.out;
}

TEST_F(Backups, BecomeFindings) {
  const Json none = Json::parse(Run({"check", "--json", "--home", home_, "--only", "BACKUP_*"}).out, nullptr, false);
  ASSERT_EQ(none["findings"].size(), 1U) << none.dump(1);
  EXPECT_EQ(none["findings"][0]["code"], "BACKUP_NONE");
  WriteSessionBackup(home_, store_.now_ms() + 1000);
  EXPECT_EQ(Run({"check", "--home", home_, "--only", "BACKUP_*"}).exit_code, 0);
}

TEST_F(Backups, AreVerifiedOneByOne) {
  const std::string archive = WriteSessionBackup(home_, store_.now_ms() + 1000);
  for (const char* level : {"quick", "standard", "full"}) {
    const Finished finished = Run({"verify-backup", archive, "--level", level, "--json"});
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    const Json json = Json::parse(finished.out, nullptr, false);
    EXPECT_EQ(json["status"], "good");
    EXPECT_EQ(json["verification_level"], level);
    EXPECT_EQ(json["archive_size"], std::filesystem::file_size(archive));
    for (const char* key : {"backup_file", "start_time", "end_time", "duration", "extracted_size", "file_count",
                            "compression_ratio", "checksum_type", "errors", "warnings"}) {
      EXPECT_TRUE(json.contains(key)) << key;
    }
  }
  std::filesystem::resize_file(archive, 50);
  const Finished bad = Run({"verify-backup", archive});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.out.find("error: it is cut"), std::string::npos) << bad.out;
}

TEST_F(Backups, AreMadeAndRestored) {
  const std::string state = dir_ / "state";
  const auto run = [&](std::vector<std::string> arguments, int exit_code) {
    arguments.insert(arguments.end(), {"--home", home_, "--state", state, "--json"});
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
    return Json::parse(finished.out, nullptr, false);
  };
  const std::string tree = TreeText(store_.path(), FileTimes::kIgnore);
  EXPECT_EQ(run({"backup", "--dry-run"}, 0)["backups"][0]["new_files"], 4);
  EXPECT_FALSE(std::filesystem::exists(home_ + "/backups")) << "only looked";
  const Json made = run({"backup"}, 0)["backups"][0];
  EXPECT_EQ(made["files"], 4);
  EXPECT_EQ(run({"backup"}, 0)["backups"][0]["unchanged"], true);
  const std::string archive = made["archive"].get<std::string>();
  for (const char* level : {"quick", "standard", "full", "deep"}) {
    EXPECT_EQ(Run({"verify-backup", archive, "--level", level}).exit_code, 0) << level;
  }
  EXPECT_EQ(Run({"check", "--home", home_, "--only", "BACKUP_*"}).exit_code, 0);
  store_.Remove("storage/session");
  EXPECT_EQ(run({"restore", "--dry-run"}, 0)["roots"][0]["created"], 3);
  const Json restored = run({"restore"}, 0);
  EXPECT_EQ(TreeText(store_.path(), FileTimes::kIgnore), tree);
  EXPECT_GE(restored["achieved_rpo_ms"], 0);
  EXPECT_EQ(Run({"check", "--home", home_, "--only", "SESSION_*,MESSAGE_*"}).exit_code, 0);
  EXPECT_EQ(Run({"undo", restored["journal"].get<std::string>(), "--state", state}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(store_.path() + "/storage/session"));
  EXPECT_EQ(Run({"restore", "--home", home_, "--state", state, "--into", dir_ / "copy"}).exit_code, 0);
  EXPECT_NE(Run({"restore", "--home", home_, "--state", state}).out.find("undo"), std::string::npos);
  EXPECT_EQ(TreeText(store_.path(), FileTimes::kIgnore), tree);
}

TEST_F(Backups, OfNothingAreAnErrorAndNotASuccess) {
  std::filesystem::create_directories(dir_ / "empty");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"backup", "--home", dir_ / "empty"},
        {"backup", "--root", store_.path()},
        {"restore", "--home", dir_ / "empty"},
        {"restore", "--home", home_, "--at", "yesterday"},
        {"restore", "--home", home_, "--from", dir_ / "nothing.tar.gz"},
        {"restore", "--home", home_, "--into", dir_ / "x", "--session", "ses_1"}}) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--state", dir_ / "state"});
    const Finished finished = Run(all);
    EXPECT_EQ(finished.exit_code, 2) << arguments[0] << " " << arguments[2];
    EXPECT_EQ(finished.err.rfind("error: ", 0), 0U) << finished.err;
  }
}

TEST_F(Backups, AreMadeByARunningAgent) {
  Process agent({AgentProgram(), "run", "--home", home_, "--state", dir_ / "run-state", "--sessions-rpo-minutes", "1"},
                {.environment = {}, .directory = "", .output = dir_ / "log"});
  const auto made = [&] {
    const Finished listed = Run({"backups", "--home", home_, "--json"});
    return Json::parse(listed.out, nullptr, false)["homes"][0]["roots"][0]["newest_good"].is_string();
  };
  EXPECT_TRUE(Eventually(made, std::chrono::seconds(60))) << ReadFile(dir_ / "log");
  agent.Signal(SIGTERM);
  EXPECT_EQ(agent.Wait(std::chrono::seconds(20)), 0);
  EXPECT_EQ(ReadFile(dir_ / "log").find("backup_"), std::string::npos) << "nothing to tell: " << ReadFile(dir_ / "log");
}

TEST_F(Backups, SayWhenTheyCannotBeLookedAt) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"verify-backup", dir_ / "missing.tar.gz"},
                                                    {"verify-backup", "/etc/hostname"},
                                                    {"verify-backup", "/etc/hostname", "--level", "deep"},
                                                    {"backups", "--root", store_.path()}}) {
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 2) << arguments[1];
    EXPECT_EQ(finished.err.rfind("error: ", 0), 0U) << finished.err;
  }
}

}  // namespace
}  // namespace fleet
