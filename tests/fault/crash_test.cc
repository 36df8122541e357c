#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/sha256.h"
#include "tests/fault/syscall_killer.h"
#include "tests/support/process.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

// Kills the real agent at every instant of every repair and of every undo at which the disk can differ, and shows that
// nothing is ever lost and that the next run finishes.

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

// One fault and the repair that cures it.
struct Scenario {
  std::string name;
  std::string repair;
  bool guide = false;
  bool other_file_system = false;  // the state folder does not lie where the store does
  std::function<void(StoreWriter&, const std::string& parent, const std::string& child)> break_it;
};

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

// Beside the store.
void WriteInHome(const StoreWriter& store, const std::string& relative, const std::string& bytes) {
  const fs::path file = store.path().substr(0, store.path().find("/.local/")) + "/" + relative;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
  // The same at every time that the home is made.
  fs::last_write_time(file, fs::last_write_time(store.path() + "/app.json"));
}

std::vector<Scenario> Scenarios() {
  std::vector<Scenario> scenarios = {
      {"MissingFolder", "R-DIRS", true, false,
       [](StoreWriter& store, const auto&, const auto&) {
         store.Remove("storage/session/sub-sessions"), store.Remove("storage");
       }},
      {"Litter", "R-TMP", false, false,
       [](StoreWriter& store, const auto& parent, const auto& child) {
         const std::string path = store.InfoPath(parent);
         std::string newer = store.Read(path);
         newer.replace(newer.find("Refactor"), 8, "Rebuild!");
         store.Advance(60'000);
         store.Write(path + std::to_string(store.now_ms()) + ".tmp", newer);
         store.Write(store.InfoPath(child) + std::to_string(store.now_ms()) + ".tmp", "{\"id\":");
       }},
      {"ForeignFile", "R-QUARANTINE", false, false,
       [](StoreWriter& store, const auto&, const auto&) { store.Write("storage/session/info/notes.txt", "mine"); }},
      {"ForeignFileOnAnotherFileSystem", "R-QUARANTINE", false, true,
       [](StoreWriter& store, const auto&, const auto&) { store.Write("storage/session/info/notes.txt", "mine"); }},
      {"DamagedFiles", "R-FILE-RECOVER", false, false,
       [](StoreWriter& store, const auto& parent, const auto& child) {
         store.Write(store.InfoPath(parent), store.Read(store.InfoPath(parent)) + std::string(9, '\0'));
         store.Write(store.MessagePath(child, store.NextId("msg")), "");
       }},
      {"MissingInfo", "R-SESSION-RECOVER", false, false,
       [](StoreWriter& store, const auto& parent, const auto&) { store.Remove(store.InfoPath(parent)); }},
      {"MissingRecord", "R-SUBSESSION-SYNTH", false, false,
       [](StoreWriter& store, const auto&, const auto& child) {
         store.Remove(store.RecordPath(child));
         store.Remove("storage/session/sub-session-index");
       }},
      {"WrongRights", "R-PERM", false, false,
       [](StoreWriter& store, const auto& parent, const auto& child) {
         chmod(store.path().c_str(), 0577);
         chmod((store.path() + "/storage/session/info").c_str(), 0575);
         chmod((store.path() + "/" + store.InfoPath(parent)).c_str(), 0466);
         chmod((store.path() + "/" + store.RecordPath(child)).c_str(), 0446);
       }},
      {"OtherEncoding", "R-ENCODING", false, false,
       [](StoreWriter& store, const auto& parent, const auto&) {
         store.Write(store.InfoPath(parent), "\xEF\xBB\xBF" + store.Read(store.InfoPath(parent)));
       }},
      {"StaleRecord", "R-SUBSESSION-CLOSE", false, false,
       [](StoreWriter& store, const auto&, const auto& child) {
         std::string record = store.Read(store.RecordPath(child));
         record.replace(record.find("completed"), 9, "running");
         store.Write(store.RecordPath(child), record);
       }},
      {"DeadTurn", "R-MESSAGE-CLOSE", false, false,
       [](StoreWriter& store, const auto& parent, const auto&) {
         const std::string id = store.NextId("msg");
         std::string message = store.AnswerText(parent, id, "never finished");
         const std::size_t time = message.find(",\"completed\":");
         message.erase(time, message.find('}', time) - time);
         store.Write(store.MessagePath(parent, id), message);
       }},
      {"Residue", "R-PRUNE", false, false,
       [](StoreWriter& store, const auto&, const auto& child) {
         store.Remove(store.InfoPath(child));
         store.Remove(store.ConversationPath(child));
       }},
      {"MissingGuideFile", "R-CONFIG-CREATE", true, false,
       [](StoreWriter& store, const auto&, const auto&) { store.Remove(".opencode/app.json"); }},
      {"RefusedConfiguration", "R-CONFIG-RECOVER", false, false,
       [](StoreWriter& store, const auto&, const auto&) {
         WriteInHome(store, ".config/dgmo/config.json", "{\"theme\":\"nord\",\"name\":1, // x\n}");
       }},
      {"ServersLeftBehind", "R-CONFIG-MERGE", false, false,
       [](StoreWriter& store, const auto&, const auto&) {
         WriteInHome(store, ".config/dgmo/AGENTS.md", "");
         WriteInHome(store, ".config/opencode/config.json",
                     "{\"mcp\":{\"docs\":{\"type\":\"remote\",\"url\":\"http://h\"}}}");
       }},
      {"LostIndexEntry", "R-INDEX", false, false,
       [](StoreWriter& store, const auto& parent, const auto&) { store.WriteIndex(parent, {}); }},
  };
  if (geteuid() != 0) return scenarios;
  scenarios.push_back({"GivenToRoot", "R-PERM", false, false, [](StoreWriter& store, const auto& parent, const auto&) {
                         const std::string info = store.path() + "/" + store.InfoPath(parent);
                         for (fs::path above = info; above.string().find("/home") != std::string::npos;
                              above = above.parent_path()) {
                           if (lchown(above.c_str(), 65534, 65534) != 0) return;
                         }
                         for (const auto& entry : fs::recursive_directory_iterator(store.path())) {
                           if (lchown(entry.path().c_str(), 65534, 65534) != 0) return;
                         }
                         if (lchown(info.c_str(), 0, 0) == 0) chmod(info.c_str(), 0444);
                       }});
  return scenarios;
}

class Crash : public testing::TestWithParam<Scenario> {
 protected:
  void SetUp() override {
    // In memory where there is such a thing: what counts is the order of the calls, not the speed of the disk.
    const std::string fast = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path().string();
    const std::string slow = fs::temp_directory_path().string();
    const std::string name = std::string("/dgmo-fleet-crash-").append(std::to_string(getpid()));
    home_ = (GetParam().other_file_system ? slow : fast) + name + "/home";
    state_ = fast + name + "-state";
    Reset();
    original_tree_ = TreeText(home_);
    original_ = FilesBelow(root_);
    const auto run = RunAndKill(RepairCommand(), std::nullopt);
    if (!run) GTEST_SKIP() << "this machine does not allow tracing";
    ASSERT_EQ(run->exit_code, 0) << RunProgram(RepairCommand()).out;
    ASSERT_TRUE(Applied(GetParam().repair));
    repair_calls_ = run->calls;
    repaired_tree_ = TreeText(home_, FileTimes::kIgnore);
    repaired_ = FilesBelow(root_);
    ASSERT_NE(repaired_tree_, TreeText(home_ + "/nothing"));
  }
  void TearDown() override {
    fs::remove_all(fs::path(home_).parent_path());
    fs::remove_all(state_);
  }

  // The broken store as it was first, and an agent that has never run.
  void Reset() {
    fs::remove_all(home_);
    fs::remove_all(state_);
    StoreWriter store = GetParam().guide ? StoreWriter::Guide(home_) : StoreWriter::Program(home_);
    const std::string parent = store.AddConversation("Refactor the ledger");
    const std::string child = store.AddAgent(parent, "Explorer");
    GetParam().break_it(store, parent, child);
    root_ = store.path();
  }

  std::vector<std::string> RepairCommand() const {
    return {FLEET_AGENT_PROGRAM,
            "repair",
            "--apply",
            "--json",
            "--home",
            home_,
            "--state",
            state_,
            "--consent",
            "R-CONFIG-MERGE,R-MESSAGE-CLOSE,R-PRUNE"};
  }
  std::vector<std::string> UndoCommand(const std::string& journal) const {
    return {FLEET_AGENT_PROGRAM, "undo", journal, "--json", "--state", state_};
  }

  nlohmann::json Journals() const {
    return nlohmann::json::parse(RunProgram({FLEET_AGENT_PROGRAM, "journal", "--json", "--state", state_}).out, nullptr,
                                 false);
  }
  // The newest journal in that stage, or nothing.
  std::string JournalIn(const std::string& stage) const {
    std::string id;
    for (const auto& journal : Journals()) {
      if (journal.value("stage", "") == stage) id = journal.value("id", "");
    }
    return id;
  }
  bool Applied(const std::string& repair) const {
    const std::string results = ReadFile(state_ + "/repairs/" + JournalIn("committed") + "/results.json");
    return results.find(repair) != std::string::npos;
  }

  // Every document is the old or the new one, nothing lies beside them, and all that was there still is somewhere.
  void ExpectNothingIsLost(const std::string& where) const {
    const std::map<std::string, std::string> now = FilesBelow(root_);
    std::set<std::string> paths;
    for (const auto* files : {&original_, &repaired_, &now}) {
      for (const auto& [path, bytes] : *files) paths.insert(path);
    }
    for (const std::string& path : paths) {
      if (path.rfind(".dgmo-agent/", 0) == 0) continue;
      EXPECT_TRUE(BytesOf(now, path) == BytesOf(original_, path) || BytesOf(now, path) == BytesOf(repaired_, path))
          << path << " is neither old nor new " << where;
    }
    std::set<std::string> kept;
    for (const auto& [path, bytes] : now) kept.insert(bytes);
    if (fs::exists(state_)) {
      for (const auto& [path, bytes] : FilesBelow(state_)) kept.insert(bytes);
    }
    for (const auto& [path, bytes] : original_) EXPECT_TRUE(kept.contains(bytes)) << path << " is lost " << where;
  }
  static std::optional<std::string> BytesOf(const std::map<std::string, std::string>& files, const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }

  void ExpectRepairFinishes(const std::string& where) {
    const Finished again = RunProgram(RepairCommand());
    EXPECT_EQ(again.exit_code, 0) << where << "\n" << again.out << again.err;
    EXPECT_EQ(TreeText(home_, FileTimes::kIgnore), repaired_tree_) << where;
  }
  void ExpectUndoFinishes(const std::string& journal, const std::string& where) {
    const Finished undo = RunProgram(UndoCommand(journal));
    EXPECT_TRUE(undo.exit_code == 0 || undo.out.find("already_undone") != std::string::npos) << where << "\n"
                                                                                             << undo.out << undo.err;
    EXPECT_EQ(TreeText(home_), original_tree_) << where;
  }

  static std::string Where(int call, const KilledRun& run) {
    return std::string("killed at call ").append(std::to_string(call)).append(", ").append(run.last_call);
  }

  std::string home_;
  std::string state_;
  std::string root_;
  std::string original_tree_;
  std::string repaired_tree_;
  std::map<std::string, std::string> original_;
  std::map<std::string, std::string> repaired_;
  int repair_calls_ = 0;
};

TEST_P(Crash, InARepairIsTakenBackAndTheNextRunFinishes) {
  ExpectUndoFinishes(JournalIn("committed"), "undisturbed");
  for (int call = 0; call < repair_calls_ && !HasFailure(); ++call) {
    Reset();
    const KilledRun run = RunAndKill(RepairCommand(), call).value();
    const std::string where = Where(call, run);
    ASSERT_TRUE(run.killed) << where;
    ExpectNothingIsLost(where);
    ExpectRepairFinishes(where);
    ExpectUndoFinishes(JournalIn("committed"), where);
  }
  std::cout << "[  killed  ] " << GetParam().repair << " at " << repair_calls_ << " points\n";
}

TEST_P(Crash, InAnUndoIsFinishedByTheNextUndoOrRepair) {
  int calls = -1;
  for (int call = 0; call != calls && !HasFailure(); ++call) {
    Reset();
    ASSERT_EQ(RunProgram(RepairCommand()).exit_code, 0);
    const std::string journal = JournalIn("committed");
    const KilledRun run = RunAndKill(UndoCommand(journal), call).value();
    const std::string where = Where(call, run);
    ExpectNothingIsLost(where);
    if (!run.killed) calls = call + 1;  // one more than there are
    if (call % 2 == 0) {
      ExpectUndoFinishes(journal, where);
    } else {
      ExpectRepairFinishes(where);
      ExpectUndoFinishes(JournalIn("committed"), where);
    }
  }
  std::cout << "[  killed  ] undo of " << GetParam().repair << " at " << calls - 1 << " points\n";
}

TEST_P(Crash, ACallThatTheDiskRefusesLosesNothing) {
  constexpr DiskError kErrors[] = {{ENOSPC, true}, {EIO, false}, {EROFS, true}, {EDQUOT, true}};
  for (int call = 0; call < repair_calls_ && !HasFailure(); ++call) {
    Reset();
    const DiskError error = kErrors[static_cast<std::size_t>(call) % std::size(kErrors)];
    const auto run = RunAndRefuse(RepairCommand(), call, error);
    if (!run) GTEST_SKIP() << "this machine does not allow calls to be refused";
    const std::string where =
        std::string(strerrorname_np(error.error)) + " at call " + std::to_string(call) + ", " + run->last_call;
    EXPECT_FALSE(run->killed) << where;
    ExpectNothingIsLost(where);
    ExpectRepairFinishes(where);
  }
  std::cout << "[ refused  ] " << GetParam().repair << " at " << repair_calls_ << " points\n";
}

INSTANTIATE_TEST_SUITE_P(Repairs, Crash, testing::ValuesIn(Scenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace fleet::agent
