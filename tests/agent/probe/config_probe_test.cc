#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "agent/probe/program_version.h"
#include "agent/probe/programs.h"
#include "agent/probe/projects.h"
#include "agent/probe/tui_state.h"
#include "agent/store/find_roots.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

HomeModel Look(const TempDir& dir) {
  const Home home = HomeAt(dir.path(), /*use_environment=*/false).value();
  HomeModel model = Inspect({.home = home, .explicit_roots = {}}, [](milliseconds) {}).value();
  ProbeConfig({}, model);
  return model;
}

// A store whose newest answer names a checkout in the same home.
StoreWriter StoreFor(const TempDir& dir, const std::string& root, const std::string& directory,
                     const std::string& app = "dgmo") {
  StoreWriter store = StoreWriter::Program(dir.path(), "a-slug", app);
  const std::string session = store.AddConversation("Refactor invoice rounding");
  nlohmann::json answer = nlohmann::json::parse(store.AnswerText(session, "x", "Done."));
  answer["metadata"]["assistant"]["path"] = {{"root", root}, {"cwd", directory}};
  const std::string id = store.NextId("msg");
  answer["id"] = id;
  store.Write(store.MessagePath(session, id), answer.dump());
  return store;
}

std::vector<std::string> Paths(const ConfigFacts& facts) {
  std::vector<std::string> paths;
  for (const ConfigFile& file : facts.files) paths.push_back(file.path);
  return paths;
}

TEST(ConfigProbe, ReadsGlobalFilesOfBothNames) {
  const TempDir dir;
  dir.Write(".config/dgmo/config.json", "{\"theme\":");
  dir.Write(".config/opencode/config.json", R"({"mcp":{"docs":{"type":"remote","url":"http://h"}}})");
  const HomeModel home = Look(dir);
  ASSERT_TRUE(home.config.has_value());
  ASSERT_EQ(home.config->files.size(), 2U);
  EXPECT_EQ(home.config->files[0].document.fault->kind, FaultKind::kTruncated);
  EXPECT_EQ(home.config->files[1].servers, std::vector<std::string>{"docs"});
  EXPECT_TRUE(home.config->dgmo_used);
  EXPECT_THAT(home.config->mcp_entries, IsEmpty()) << "dgmo does not load the former name's";
}

TEST(ConfigProbe, AHomeOfOldBuildsUsesTheFormerName) {
  const TempDir dir;
  dir.Write(".config/opencode/config.json", R"({"mcp":{"docs":{"type":"remote","url":"http://h"}}})");
  const HomeModel home = Look(dir);
  if (!home.config->programs.at("dgmo").path.empty()) GTEST_SKIP() << "dgmo is installed on this machine";
  EXPECT_FALSE(home.config->dgmo_used);
  ASSERT_EQ(home.config->mcp_entries.size(), 1U);
  EXPECT_EQ(home.config->mcp_entries[0].file, dir / ".config/opencode/config.json");
}

TEST(ConfigProbe, ReadsProjectFilesFromTheGitRootDownToWhereDgmoWasStarted) {
  const TempDir dir;
  StoreFor(dir, dir / "src/app", dir / "src/app/web/ui");
  fs::create_directories(dir / "src/app/web/ui");
  for (const char* file : {"src/app/dgmo.json", "src/app/dgmo.jsonc", "src/app/web/ui/dgmo.json", "src/dgmo.json",
                           "src/app/web/ui/deep/dgmo.json", "src/app/opencode.json"}) {
    dir.Write(file, "{}");
  }
  const HomeModel home = Look(dir);
  EXPECT_THAT(Paths(*home.config), ElementsAre(dir / "src/app/dgmo.jsonc", dir / "src/app/dgmo.json",
                                               dir / "src/app/web/ui/dgmo.json", dir / "src/app/opencode.json"));
  EXPECT_THAT(home.config->projects, ElementsAre(dir / "src/app"));
}

TEST(ConfigProbe, AProjectThatIsGoneOrLiesBehindALinkIsNotLookedAt) {
  const TempDir dir;
  StoreFor(dir, dir / "gone", dir / "gone");
  EXPECT_THAT(Look(dir).config->projects, IsEmpty());
  dir.Write("elsewhere/dgmo.json", "{");
  fs::create_directory_symlink(dir / "elsewhere", dir / "gone");
  EXPECT_THAT(Look(dir).config->files, IsEmpty());
  fs::remove(dir / "gone");
  fs::create_directories(dir / "gone");
  fs::create_symlink(dir / "elsewhere/dgmo.json", dir / "gone/dgmo.json");
  const HomeModel home = Look(dir);
  EXPECT_THAT(home.config->files, IsEmpty());
  EXPECT_THAT(home.unknown, Contains(dir / "gone/dgmo.json"));
}

TEST(ConfigProbe, APathThatIsNoProjectIsIgnored) {
  const TempDir dir;
  StoreFor(dir, "relative", "relative");
  EXPECT_THAT(Look(dir).config->projects, IsEmpty());
  const TempDir other;
  StoreFor(other, other / "a", other / "b");
  fs::create_directories(other / "a");
  fs::create_directories(other / "b");
  EXPECT_THAT(Look(other).config->projects, IsEmpty()) << "the one does not lie below the other";
}

TEST(ConfigProbe, ServersOfAProjectAreMergedOverTheGlobalOnes) {
  const TempDir dir;
  StoreFor(dir, dir / "app", dir / "app");
  dir.Write(
      ".config/dgmo/config.json",
      R"({"mcp":{"qdrant":{"type":"local","command":["uvx"],"environment":{"COLLECTION_NAME":"AgentMemories"}}}})");
  dir.Write("app/dgmo.json", R"({"mcp":{"qdrant":{"type":"local","command":["uvx"],"enabled":false}}})");
  const HomeModel home = Look(dir);
  const std::vector<McpEntry>& entries = home.config->mcp_entries;
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].file, dir / ".config/dgmo/config.json");
  EXPECT_TRUE(entries[0].enabled);
  EXPECT_EQ(entries[1].file, dir / "app/dgmo.json");
  EXPECT_FALSE(entries[1].enabled);
  EXPECT_EQ(entries[1].environment.at("COLLECTION_NAME"), "AgentMemories");
}

TEST(ConfigProbe, TheOldTomlFileIsJudgedAsWhatItWillBecome) {
  const TempDir dir;
  dir.Write(".config/dgmo/config", "provider = \"anthropic\"\nmodel = \"claude\"\nmax_tokens = 5\n");
  const HomeModel home = Look(dir);
  ASSERT_EQ(home.config->files.size(), 1U);
  EXPECT_TRUE(home.config->files[0].legacy);
  ASSERT_EQ(home.config->files[0].document.violations.size(), 1U);
  EXPECT_EQ(home.config->files[0].document.violations[0].pointer, "/max_tokens");
  dir.Write(".config/dgmo/config", "provider = ");
  EXPECT_THAT(Look(dir).config->files, IsEmpty()) << "dgmo ignores it";
}

TEST(ConfigProbe, ALinkWithinTheHomeIsFollowedAndNoOther) {
  const TempDir dir;
  const TempDir outside;
  dir.Write("dotfiles/dgmo/config.json", "{");
  outside.Write("config.json", "{");
  fs::create_directories(dir / ".config");
  fs::create_directory_symlink("../dotfiles/dgmo", dir / ".config/dgmo");
  fs::create_directories(dir / ".config/opencode");
  fs::create_symlink(outside / "config.json", dir / ".config/opencode/config.json");
  const HomeModel home = Look(dir);
  EXPECT_THAT(Paths(*home.config), ElementsAre(dir / ".config/dgmo/config.json"));
  EXPECT_THAT(home.unknown, Contains(dir / ".config/opencode/config.json"));
}

TEST(ConfigProbe, WhatIsNoFileIsNotRead) {
  const TempDir dir;
  fs::create_directories(dir / ".config/dgmo");
  ASSERT_EQ(mkfifo((dir / ".config/dgmo/config.json").c_str(), 0600), 0);
  const HomeModel home = Look(dir);
  EXPECT_EQ(home.unreadable.count(dir / ".config/dgmo/config.json"), 1U);
  EXPECT_THAT(home.config->files, IsEmpty());
}

TEST(ConfigProbe, CredentialsAreNeverOpened) {
  const TempDir dir;
  StoreFor(dir, dir / "app", dir / "app");
  dir.Write(".local/share/dgmo/auth.json", "{\"anthropic\":{\"key\":\"sk-hunter2\"}}");
  struct stat before;
  ASSERT_EQ(stat((dir / ".local/share/dgmo/auth.json").c_str(), &before), 0);
  // A time of access older than that of change: the next reading would move it.
  const timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 2000, .tv_nsec = 0}};
  utimensat(AT_FDCWD, (dir / ".local/share/dgmo/auth.json").c_str(), times, 0);
  Look(dir);
  ASSERT_EQ(stat((dir / ".local/share/dgmo/auth.json").c_str(), &before), 0);
  EXPECT_EQ(before.st_atim.tv_sec, 1000);
}

TEST(TuiState, IsTomlWithThreeTexts) {
  EXPECT_EQ(TuiStateFault("theme = \"dgmo\"\nprovider = \"anthropic\"\nmodel = \"claude-sonnet-4\"\n"), "");
  EXPECT_EQ(TuiStateFault(
                "[[recently_used_models]]\nprovider_id = \"a\"\nmodel_id = \"b\"\nlast_used = 2025-07-08T09:15:04Z\n"),
            "");
  EXPECT_EQ(TuiStateFault(""), "");
  EXPECT_EQ(TuiStateFault("theme = \"dg"), "not TOML from line 1 on");
  EXPECT_EQ(TuiStateFault("theme = 1\n"), "theme should be a text");
  EXPECT_EQ(TuiStateFault("recently_used_models = \"x\"\n"), "recently_used_models should be a list");
  EXPECT_NE(TuiStateFault(std::string("a\0b", 3)), "");
  EXPECT_EQ(TuiStateFault("# caf\xC3\xA9\ntheme = \"caf\xC3\xA9\"\n"), "");
  EXPECT_EQ(TuiStateFault("theme = \"x\"\n\xEF\xBD\xBD = 1\n"), "not TOML from line 2 on");
  EXPECT_EQ(TuiStateFault("theme = \"x\"\n[[%x]]\n"), "not TOML from line 2 on");
  EXPECT_EQ(TuiStateFault("recently_used_models = [\n  {provider_id = \"a\"},\n]\n"), "");
}

TEST(TuiState, IsReadFromItsPlace) {
  const TempDir dir;
  EXPECT_THAT(Look(dir).config->tui_states, IsEmpty());
  dir.Write(".local/state/dgmo/tui", "theme = ");
  const HomeModel home = Look(dir);
  ASSERT_EQ(home.config->tui_states.size(), 1U);
  EXPECT_EQ(home.config->tui_states[0].path, dir / ".local/state/dgmo/tui");
  EXPECT_NE(home.config->tui_states[0].fault, "");
}

TEST(FindProgram, LooksWhereInstallersPutIt) {
  for (const char* place :
       {".dgmo/bin", ".opencode/bin", ".local/bin", ".bun/bin", ".npm-global/bin", ".nvm/versions/node/v22.1.0/bin"}) {
    const TempDir dir;
    const Home home = HomeAt(dir.path(), false).value();
    EXPECT_EQ(FindProgram(home, "no-such-dgmo").path, "");
    InstallScript(dir / place + "/no-such-dgmo", "true");
    EXPECT_EQ(FindProgram(home, "no-such-dgmo").path, dir / place + "/no-such-dgmo");
    chmod((dir / place + "/no-such-dgmo").c_str(), 0644);
    EXPECT_EQ(FindProgram(home, "no-such-dgmo").path, "") << "not executable";
  }
}

TEST(FindProgram, KnowsTheUsersOwnNpmPrefix) {
  const TempDir dir;
  dir.Write(".npmrc", "//registry.npmjs.org/:_authToken=secret\nprefix = ~/tools/npm\n");
  InstallScript(dir / "tools/npm/bin/no-such-dgmo", "true");
  EXPECT_EQ(FindProgram(HomeAt(dir.path(), false).value(), "no-such-dgmo").path, dir / "tools/npm/bin/no-such-dgmo");
}

TEST(AskVersion, TakesTheFirstLine) {
  const TempDir dir;
  InstallScript(dir / "dgmo", "printf '0.2.3\\nmore\\n'; echo noise >&2");
  const InstalledProgram program = AskVersion(dir / "dgmo", "/usr/bin:/bin", milliseconds(10'000));
  EXPECT_EQ(program.answer, InstalledProgram::Answer::kVersion);
  EXPECT_EQ(program.version, "0.2.3");
}

TEST(AskVersion, HandsOverTheOneArgumentAndAnEmptyHome) {
  const TempDir dir;
  InstallScript(dir / "dgmo",
                "echo \"$# $1 $(ls -A \"$HOME\" | wc -l) $PWD\"; [ \"$PWD\" = \"$HOME\" ]; touch \"$HOME/left\"");
  const InstalledProgram program = AskVersion(dir / "dgmo", "/usr/bin:/bin", milliseconds(10'000));
  EXPECT_EQ(program.version.rfind("1 --version 0 /", 0), 0U) << program.version;
  const std::string scratch = program.version.substr(program.version.rfind(' ') + 1);
  EXPECT_FALSE(fs::exists(scratch)) << "what it left is gone";
}

TEST(AskVersion, SaysHowAProgramFails) {
  const TempDir dir;
  InstallScript(dir / "fails", "exit 3");
  EXPECT_EQ(AskVersion(dir / "fails", "/usr/bin:/bin", milliseconds(10'000)).failure, "exit code 3");
  InstallScript(dir / "dies", "kill -9 $$");
  EXPECT_EQ(AskVersion(dir / "dies", "/usr/bin:/bin", milliseconds(10'000)).failure, "killed by signal 9");
  dir.Write("garbage",
            "\x7f"
            "ELF no program");
  chmod((dir / "garbage").c_str(), 0755);
  const InstalledProgram garbage = AskVersion(dir / "garbage", "/usr/bin:/bin", milliseconds(10'000));
  EXPECT_EQ(garbage.answer, InstalledProgram::Answer::kFailed);
}

TEST(AskVersion, DoesNotWaitForEver) {
  const TempDir dir;
  InstallScript(dir / "hangs", "sleep 1000");
  EXPECT_EQ(AskVersion(dir / "hangs", "/usr/bin:/bin", milliseconds(50)).answer, InstalledProgram::Answer::kNone);
}

TEST(AskVersion, EndlessOutputIsCutShort) {
  const TempDir dir;
  InstallScript(dir / "talks", "yes 0.2.3 | head -c 1000000; echo");
  const InstalledProgram program = AskVersion(dir / "talks", "/usr/bin:/bin", milliseconds(10'000));
  EXPECT_EQ(program.version, "0.2.3");
}

TEST(KnownVersion, IsAskedOnceAFile) {
  const TempDir dir;
  const Home home = HomeAt(dir.path(), false).value();
  InstallScript(dir / "dgmo", "echo asked >> " + (dir / "count") + "; echo 0.2.3");
  EXPECT_EQ(KnownVersion(dir / "dgmo", home).version, "0.2.3");
  EXPECT_EQ(KnownVersion(dir / "dgmo", home).version, "0.2.3");
  EXPECT_EQ(fs::file_size(dir / "count"), 6U);
  InstallScript(dir / "dgmo", "echo asked >> " + (dir / "count") + "; echo 0.2.14");
  EXPECT_EQ(KnownVersion(dir / "dgmo", home).version, "0.2.14");
  EXPECT_EQ(fs::file_size(dir / "count"), 12U);
}

TEST(KnownVersion, RootRunsNothingThatAnotherCouldHavePutThere) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  const TempDir dir;
  Home home = HomeAt(dir.path(), false).value();
  home.owner = 12345;
  InstallScript(dir / "dgmo", "echo asked > " + (dir / "ran") + "; echo 0.2.3");
  ASSERT_EQ(chown((dir / "dgmo").c_str(), 12345, 12345), 0);
  EXPECT_EQ(KnownVersion(dir / "dgmo", home).answer, InstalledProgram::Answer::kNotAsked);
  EXPECT_FALSE(fs::exists(dir / "ran"));
}

}  // namespace
}  // namespace fleet::agent
