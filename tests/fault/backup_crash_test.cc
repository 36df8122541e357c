#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "tests/fault/syscall_killer.h"
#include "tests/support/process.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

// Kills the real agent at every instant of a backup and of a restore at which the disk can differ: no file is lost,
// what counts as a backup is good, and the next run finishes.

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

class BackupCrash : public testing::Test {
 protected:
  BackupCrash() {
    // In memory where there is such a thing: what counts is the order of the calls, not the speed of the disk.
    const std::string fast = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path().string();
    top_ = fast + "/dgmo-fleet-backup-crash-" + std::to_string(getpid());
    home_ = top_ + "/home";
    state_ = top_ + "/state";
  }
  ~BackupCrash() override { fs::remove_all(top_); }

  void SetUp() override {
    if (!RunAndKill({FLEET_AGENT_PROGRAM, "--version"}, std::nullopt)) {
      GTEST_SKIP() << "this machine does not allow tracing";
    }
  }

  // A store with one backup that is no longer up to date.
  StoreWriter Reset() {
    fs::remove_all(top_);
    StoreWriter store = StoreWriter::Program(home_);
    session_ = store.AddConversation("Refactor the ledger");
    child_ = store.AddAgent(session_, "Explorer");
    root_ = store.path();
    EXPECT_EQ(RunProgram(Command("backup")).exit_code, 0);
    return store;
  }
  std::vector<std::string> Command(const std::string& name) const {
    return {FLEET_AGENT_PROGRAM, name, "--json", "--home", home_, "--state", state_};
  }
  static std::string Where(int call, const KilledRun& run) {
    return std::string("killed at call ").append(std::to_string(call)).append(", ").append(run.last_call);
  }

  std::string Folder() const { return home_ + "/backups/sessions"; }
  // Every archive with a manifest is good; returns how many there are.
  int ExpectGoodBackups(const std::string& where) const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(Folder())) {
      const std::string name = entry.path().filename();
      const std::string stem = name.substr(0, name.find(".tar.gz"));
      if (!name.ends_with(".tar.gz") || !fs::exists(Folder() + "/" + stem + ".manifest.json")) continue;
      ++count;
      const Finished verified = RunProgram({FLEET_AGENT_PROGRAM, "verify-backup", entry.path(), "--level", "full"});
      EXPECT_EQ(verified.exit_code, 0) << where << "\n" << verified.out;
    }
    return count;
  }
  int CountStaged() const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(home_ + "/backups")) {
      count += entry.path().string().ends_with(".new") ? 1 : 0;
    }
    return count;
  }

  std::string CommittedJournal() const {
    const auto journals = nlohmann::json::parse(
        RunProgram({FLEET_AGENT_PROGRAM, "journal", "--json", "--state", state_}).out, nullptr, false);
    std::string id;
    for (const auto& journal : journals) {
      if (journal.value("stage", "") == "committed") id = journal.value("id", "");
    }
    return id;
  }

  std::string top_;
  std::string home_;
  std::string state_;
  std::string root_;
  std::string session_;
  std::string child_;
};

TEST_F(BackupCrash, InABackupLeavesOnlyGoodOnesAndTheNextRunFinishes) {
  const auto prepare = [&] { Reset().AddConversation("Not saved yet"); };
  prepare();
  const KilledRun whole = RunAndKill(Command("backup"), std::nullopt).value();
  ASSERT_EQ(whole.exit_code, 0);
  for (int call = 0; call < whole.calls && !HasFailure(); ++call) {
    prepare();
    const std::string before = TreeText(root_);
    const KilledRun run = RunAndKill(Command("backup"), call).value();
    const std::string where = Where(call, run);
    ASSERT_TRUE(run.killed) << where;
    EXPECT_EQ(TreeText(root_), before) << where << ": the store is not touched";
    EXPECT_GE(ExpectGoodBackups(where), 1) << where;
    const Finished again = RunProgram(Command("backup"));
    EXPECT_EQ(again.exit_code, 0) << where << "\n" << again.out << again.err;
    EXPECT_EQ(ExpectGoodBackups(where), 2) << where;
    EXPECT_EQ(CountStaged(), 0) << where;
  }
  std::cout << "[  killed  ] backup at " << whole.calls << " points\n";
}

TEST_F(BackupCrash, InARestoreLosesNothingAndTheNextRunFinishes) {
  const auto prepare = [&] {
    StoreWriter store = Reset();
    const std::string info = store.InfoPath(session_);
    store.Advance(60'000);
    store.Write(info, store.Read(info) + " ");  // is replaced
    store.Remove(store.InfoPath(child_));
    store.Remove("storage/session/sub-sessions");
    store.Remove("storage/session/sub-session-index");
    store.AddConversation("Newer than the backup");
  };
  prepare();
  const std::map<std::string, std::string> original = FilesBelow(root_);
  const KilledRun whole = RunAndKill(Command("restore"), std::nullopt).value();
  ASSERT_EQ(whole.exit_code, 0);
  const std::map<std::string, std::string> restored = FilesBelow(root_);
  ASSERT_NE(original, restored);
  for (int call = 0; call < whole.calls && !HasFailure(); ++call) {
    prepare();
    const std::string tree = TreeText(root_);
    const KilledRun run = RunAndKill(Command("restore"), call).value();
    const std::string where = Where(call, run);
    ASSERT_TRUE(run.killed) << where;
    for (const auto& [path, bytes] : FilesBelow(root_)) {
      if (path.starts_with(".dgmo-agent/")) continue;
      const bool old = original.contains(path) && original.at(path) == bytes;
      const bool is_new = restored.contains(path) && restored.at(path) == bytes;
      EXPECT_TRUE(old || is_new) << path << " is neither old nor new " << where;
    }
    std::set<std::string> kept;
    for (const std::string& place : {root_, state_}) {
      for (const auto& [path, bytes] : FilesBelow(place)) kept.insert(bytes);
    }
    for (const auto& [path, bytes] : original) EXPECT_TRUE(kept.contains(bytes)) << path << " is lost " << where;
    EXPECT_GE(ExpectGoodBackups(where), 1) << where;
    const Finished again = RunProgram(Command("restore"));
    EXPECT_EQ(again.exit_code, 0) << where << "\n" << again.out << again.err;
    EXPECT_EQ(FilesBelow(root_), restored) << where;
    const std::string journal = CommittedJournal();
    EXPECT_EQ(RunProgram({FLEET_AGENT_PROGRAM, "undo", journal, "--state", state_}).exit_code, 0) << where;
    EXPECT_EQ(TreeText(root_), tree) << where;
    EXPECT_EQ(CountStaged(), 0) << where;
  }
  std::cout << "[  killed  ] restore at " << whole.calls << " points\n";
}

TEST_F(BackupCrash, WhileArchivingLosesNothingAndTheNextRunFinishes) {
  std::vector<std::string> command = Command("archive");
  command.insert(command.end(), {"--apply", "--idle-days", "1"});
  Reset();
  const std::map<std::string, std::string> original = FilesBelow(root_);
  const KilledRun whole = RunAndKill(command, std::nullopt).value();
  ASSERT_EQ(whole.exit_code, 0);
  const std::map<std::string, std::string> archived = FilesBelow(root_);
  ASSERT_LT(archived.size(), original.size());
  for (int call = 0; call < whole.calls && !HasFailure(); ++call) {
    Reset();
    const std::string tree = TreeText(root_);
    const KilledRun run = RunAndKill(command, call).value();
    const std::string where = Where(call, run);
    ASSERT_TRUE(run.killed) << where;
    std::set<std::string> kept;
    for (const std::string& place : {root_, state_}) {
      for (const auto& [path, bytes] : FilesBelow(place)) kept.insert(bytes);
    }
    for (const auto& [path, bytes] : original) EXPECT_TRUE(kept.contains(bytes)) << path << " is lost " << where;
    const Finished again = RunProgram(command);
    EXPECT_EQ(again.exit_code, 0) << where << "\n" << again.out << again.err;
    EXPECT_EQ(FilesBelow(root_), archived) << where;
    EXPECT_EQ(RunProgram({FLEET_AGENT_PROGRAM, "undo", CommittedJournal(), "--state", state_}).exit_code, 0) << where;
    EXPECT_EQ(TreeText(root_), tree) << where;
  }
  std::cout << "[  killed  ] archive at " << whole.calls << " points\n";
}

TEST_F(BackupCrash, WhileMigratingLeavesTheSourceAloneAndTheCopyWholeOrNotThere) {
  const std::string to = top_ + "/moved/dgmo";
  const auto command = [&]() -> std::vector<std::string> {
    return {FLEET_AGENT_PROGRAM, "migrate", root_, "--to", to, "--apply", "--home", home_, "--state", state_};
  };
  Reset();
  const KilledRun whole = RunAndKill(command(), std::nullopt).value();
  ASSERT_EQ(whole.exit_code, 0);
  for (int call = 0; call < whole.calls && !HasFailure(); ++call) {
    Reset();
    const std::string tree = TreeText(root_, FileTimes::kCompare);
    const KilledRun run = RunAndKill(command(), call).value();
    const std::string where = Where(call, run);
    ASSERT_TRUE(run.killed) << where;
    EXPECT_EQ(TreeText(root_, FileTimes::kCompare), tree) << where;
    if (!fs::exists(to)) {
      const Finished again = RunProgram(command());
      EXPECT_EQ(again.exit_code, 0) << where << "\n" << again.out << again.err;
    }
    EXPECT_EQ(TreeText(to, FileTimes::kCompare), tree) << where;
    EXPECT_EQ(std::distance(fs::directory_iterator(top_ + "/moved"), {}), 1) << where << ": nothing lies beside it";
  }
  std::cout << "[  killed  ] migrate at " << whole.calls << " points\n";
}

}  // namespace
}  // namespace fleet::agent
