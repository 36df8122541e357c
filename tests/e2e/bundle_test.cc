// A home in which every place holds a secret, and the bundle that the built agent makes of it: none comes out.

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/agent/bundle/planted.h"
#include "tests/e2e/fleet_fixture.h"
#include "tests/fault/faults.h"
#include "tests/support/backup_writer.h"
#include "tests/support/bundle_reader.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

// Secrets without any shape that would give them away: what only the place tells.
class Secrets {
 public:
  std::string operator()(const std::string& place) {
    // Letters only, ten words of four: no pattern knows it.
    std::string secret = "zq";
    unsigned long long hash = 1469598103934665603ULL;
    for (const char c : place) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    for (int i = 0; i < 16; ++i) secret += static_cast<char>('a' + (hash = hash * 6364136223846793005ULL + 1) / 7 % 26);
    planted_[place] = secret;
    return secret;
  }
  const std::map<std::string, std::string>& planted() const { return planted_; }

 private:
  std::map<std::string, std::string> planted_;
};

class BundleTest : public ::testing::Test {
 protected:
  void Plant() {
    agent::StoreWriter store = agent::StoreWriter::Program(home_);
    const std::string session = store.AddConversation(secret_("a title"));
    store.AddQuestion(session, "My password is " + secret_("a question"));
    store.AddAnswer(session, "Found " + secret_("an answer"));
    store.AddAgent(session, secret_("the name of an agent"));
    AddBreakableSessions(store);
    store.Write("storage/session/share/" + session + ".json",
                R"({"secret":")" + secret_("a share") + R"(","url":"https://example.com/s/x"})");
    store.Write("storage/session/info/" + secret_("the name of a file") + ".txt", "x");
    store.Write("storage/session/info/my " + secret_("a name with blanks") + " notes.txt", "x");
    store.Write("storage/session/sub-sessions/ses_816ad2a35ffe3eRWayvffBRoG9.json", secret_("garbage in a record"));
    store.Write("storage/session/message/" + session + "/msg_7e952df8e0016qwLVpthwOA6hj.json",
                secret_("garbage in a message"));
    const std::string other = store.AddSession("A title");
    store.Write(store.InfoPath(other),
                R"({"id":")" + secret_("an id in a document") + R"(","version":"0.2.3","title":"t","parentID":")" +
                    secret_("a parent in a document") + R"(","time":{"created":1,"updated":1}})");
    store.WriteIndex(session, {secret_("an entry of an index"), other});
    store.Write("storage/session/message/" + secret_("the name of a folder") + "/x.json", "{}");
    store.Write("log/tui.log", "time=2025-07-08T17:15:04.120+08:00 level=ERROR msg=\"" +
                                   secret_("the interface's log") + "\" error=\"" +
                                   secret_("an error of the interface") + "\"\n");
    WriteFile(".local/share/dgmo/auth.json",
              R"({"anthropic":{"type":"api","key":")" + secret_("the credentials") + "\"}}");
    PlantLogs();
    PlantConfigs();
    PlantBackups(store);
    ASSERT_TRUE(InjectFault(home_, "index-deleted", 1).ok());
    ASSERT_TRUE(InjectFault(home_, "session-truncated", 2).ok());
  }

  void PlantLogs() {
    std::string log;
    for (int i = 0; i < 30; ++i) log += "INFO  2025-07-08T09:15:04 +3ms service=session " + secret_("a log") + "\n";
    log += "ERROR 2025-07-08T09:15:04 +3ms service=provider error=" + secret_("an error") + " stream error\n";
    log += "    at " + secret_("a trace") + "\nAuthorization: Bearer " + secret_("a header in a log") + "\n";
    const std::string broken = secret_("a log, broken over two lines");
    log += "prompt: " + broken.substr(0, 9) + "\n" + broken.substr(9) + "\n";
    log += "ERROR 2025-07-08T09:15:05 +3ms service=default e=ENOENT: no such file or directory, open '/home/x/" +
           secret_("a path in a log") + "' fatal\n";
    log += "ERROR 2025-07-08T09:15:06 +3ms MCP server \"" + secret_("a server in a log") + "\" failed to start\n";
    WriteFile(".local/share/dgmo/log/2025-07-08T091502.log", log);
    WriteFile(".local/share/dgmo/log/" + secret_("the name of a log") + ".log", log);
  }

  void PlantConfigs() {
    nlohmann::ordered_json config = {{"theme", "dgmo"}, {"username", secret_("a user")}, {"layout", "auto"}};
    config["mcp"]["memory"] = {{"type", "local"},
                               {"command", {"uvx", "--with", secret_("an argument of a server")}},
                               {"environment",
                                {{"QDRANT_URL", "http://" + secret_("a user in an address") + ":x@localhost:6333"},
                                 {"QDRANT_API_KEY", secret_("an environment")},
                                 {"PLAIN", secret_("an environment without a telling name")}}}};
    config["mcp"]["remote"] = {{"type", "remote"},
                               {"url", "https://mcp.example.com/" + secret_("a path of an address") +
                                           "/mcp?t=" + secret_("a query of an address")},
                               {"headers", {{"X-Thing", secret_("a header")}}}};
    config["provider"]["openai"]["options"]["apiKey"] = secret_("a provider's key");
    config["instructions"] = {secret_("an instruction")};
    config["agent"]["reviewer"]["prompt"] = secret_("a prompt in the configuration");
    WriteFile(".config/dgmo/config.json", config.dump());
    WriteFile(".config/opencode/config.json", "{\"theme\": \"" + secret_("a broken configuration"));
  }

  void PlantBackups(const agent::StoreWriter& store) {
    WriteSessionBackup(home_, store.now_ms() + 1000);
    WriteTar(home_ + "/backups/sessions/sessions-" + secret_("the name of a backup") + ".tar.gz",
             {{.path = "../" + secret_("the name of a member"), .bytes = "x"}}, true);
    SetFileTime(home_ + "/backups/sessions/sessions-" + secret_("the name of a backup") + ".tar.gz",
                store.now_ms() + 2000);
    WriteFile("backups/qdrant/" + secret_("the name of a collection") + "_2025-07-08_09-00-00.snapshot", "no tar");
    SetFileTime(home_ + "/backups/qdrant/" + secret_("the name of a collection") + "_2025-07-08_09-00-00.snapshot",
                store.now_ms());
  }

  void WriteFile(const std::string& below, const std::string& bytes) const { dir_.Write("home/" + below, bytes); }

  Finished MakeBundle(const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv = {AgentProgram(), "bundle", "-o",      dir_ / "b.tar.zst",
                                     "--home",       home_,    "--state", dir_ / "state"};
    argv.insert(argv.end(), more.begin(), more.end());
    return RunProgram(argv);
  }

  TempDir dir_;
  const std::string home_ = dir_ / "home";
  Secrets secret_;
};

TEST_F(BundleTest, LetsNoSecretOut) {
  ASSERT_NO_FATAL_FAILURE(Plant());
  // A process that counts, with a secret in its arguments, its environment and its folder: a shell by another name.
  std::filesystem::create_directories(dir_ / "bin");
  std::filesystem::copy_file(std::filesystem::canonical("/bin/sh"), dir_ / "bin/qdrant");
  std::filesystem::create_directories(dir_ / secret_("a working folder"));
  const std::string argument = "--token=" + secret_("an argument of a process");
  Process child({dir_ / "bin/qdrant", "-c", "while :; do sleep 1; done", argument},
                {.environment = {"TOKEN=" + secret_("the environment of a process")},
                 .directory = dir_ / secret_("a working folder"),
                 .output = ""});
  for (const std::string mode : {"", "--anonymise"}) {
    const Finished made =
        MakeBundle(mode.empty() ? std::vector<std::string>{} : std::vector<std::string>{mode, "--force"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const std::map<std::string, std::string> members = ReadBundle(dir_ / "b.tar.zst");
    ASSERT_GT(members.size(), 15U);
    for (const auto& [path, bytes] : members) {
      for (const auto& [place, secret] : secret_.planted()) {
        EXPECT_EQ(LeakOf(secret, path + "\n" + bytes), "") << place << " came out in " << path << "\n" << bytes;
      }
    }
    EXPECT_EQ(LeakOf(secret_("an argument of a process"), made.out + made.err), "");
    EXPECT_NE(members.at("processes.json").find("\"qdrant\""), std::string::npos) << members.at("processes.json");
    if (mode.empty()) continue;
    for (const auto& [path, bytes] : members) {
      EXPECT_EQ(bytes.find(home_), std::string::npos) << path;
      EXPECT_EQ(bytes.find("payments-api"), std::string::npos) << path;
    }
  }
}

TEST_F(BundleTest, HoldsWhatAnEscalationWants) {
  ASSERT_NO_FATAL_FAILURE(Plant());
  const std::string before = TreeText(home_);
  ASSERT_EQ(MakeBundle().exit_code, 0);
  EXPECT_EQ(TreeText(home_), before) << "it changes nothing";
  const std::map<std::string, std::string> members = ReadBundle(dir_ / "b.tar.zst");
  for (const char* name : {"manifest.json", "report.txt", "issue.md", "check.json", "diagnostics.txt", "quick.txt",
                           "system.json", "disks.json", "memory.json", "processes.json", "versions.json", "roots.json",
                           "backups.json", "repairs.json", "qdrant.json", "config/1.json", "logs/1.txt"}) {
    EXPECT_EQ(members.count(name), 1U) << name;
  }
  const std::string& log = members.at("logs/1.txt") + members.at("logs/2.txt");
  EXPECT_NE(log.find("ERROR 2025-07-08T09:15:05 +3ms service=default ENOENT LOG_PATTERN_ENOENT"), std::string::npos)
      << log;
  EXPECT_NE(members.at("config/1.json").find("\"theme\": \"dgmo\""), std::string::npos) << members.at("config/1.json");
  EXPECT_NE(members.at("check.json").find("SUBSESSION_INDEX_MISSING"), std::string::npos);
  EXPECT_NE(members.at("report.txt").find("== Full diagnostics"), std::string::npos);
  EXPECT_NE(members.at("issue.md").find("| P1 | "), std::string::npos) << members.at("issue.md");
  EXPECT_EQ(members.at("issue.md").find('/' + std::string("home")), std::string::npos) << "it may be public";
}

TEST_F(BundleTest, RefusesToReplaceAFile) {
  agent::StoreWriter::Program(home_);
  dir_.Write("b.tar.zst", "mine");
  const Finished refused = MakeBundle();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
  EXPECT_EQ(ReadFile(dir_ / "b.tar.zst"), "mine");
}

}  // namespace
}  // namespace fleet
