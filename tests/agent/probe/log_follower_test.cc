#include "agent/probe/log_follower.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/probe/log_line.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kNowMs = 1'751'966'104'000;  // 2025-07-08T09:15:04Z
constexpr std::int64_t kHourMs = 3'600'000;
const char kRefused[] = "ERROR 2025-07-08T09:15:00 +3ms service=mcp error=connect ECONNREFUSED 127.0.0.1:6333\n";
const char kQuiet[] = "INFO  2025-07-08T09:15:00 +3ms service=app creating\n";

std::shared_ptr<const PatternMatcher> Matcher() {
  static const std::shared_ptr<const PatternMatcher> kMatcher = *PatternMatcher::Make(PatternCatalogue::BuiltIn());
  return kMatcher;
}

class LogFollowerTest : public ::testing::Test {
 protected:
  LogFollowerTest() { fs::create_directories(dir_ / "log"); }

  std::string Path(const std::string& name) const { return dir_ / ("log/" + name); }
  void SetTime(const std::string& name, std::int64_t ms = kNowMs) const {
    const timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
    const timespec times[2] = {time, time};
    utimensat(AT_FDCWD, Path(name).c_str(), times, 0);
  }
  void Write(const std::string& name, const std::string& text, std::int64_t ms = kNowMs) const {
    std::ofstream(Path(name), std::ios::binary | std::ios::trunc) << text;
    SetTime(name, ms);
  }
  void Append(const std::string& name, const std::string& text, std::int64_t ms = kNowMs) const {
    std::ofstream(Path(name), std::ios::binary | std::ios::app) << text;
    SetTime(name, ms);
  }

  LogFacts Sweep(std::int64_t now_ms = kNowMs) {
    unknown_.clear();
    return follower_.Sweep({{dir_.path(), "log", LogKind::kServer}}, now_ms, unknown_);
  }
  static std::vector<std::string> Counts(const LogFacts& facts) {
    std::vector<std::string> counts;
    for (const LogFacts::Hits& hits : facts.hits) {
      counts.push_back(hits.pattern + " " + std::to_string(hits.count) + " @" + std::to_string(hits.line) + " " +
                       fs::path(hits.path).filename().string());
    }
    return counts;
  }

  TempDir dir_;
  LogFollower::Limits limits_;
  LogFollower follower_{Matcher(), {}};
  std::vector<std::string> unknown_;
};

TEST_F(LogFollowerTest, CountsWhatIsAddedOnce) {
  EXPECT_THAT(Sweep().files, IsEmpty());
  Write("system.log", std::string(kQuiet) + kRefused);
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 1 @2 system.log"));
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 1 @2 system.log"));
  Append("system.log", std::string(kQuiet) + kRefused, kNowMs + 1);
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 2 @4 system.log"));
  EXPECT_THAT(unknown_, IsEmpty());
}

TEST_F(LogFollowerTest, AnUnfinishedLineCountsAtOnceAndOnlyOnce) {
  const std::string line = kRefused;
  Write("system.log", line.substr(0, line.size() - 1));
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 1 @1 system.log"));
  Append("system.log", " and EMFILE", kNowMs + 1);
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 1 @1 system.log", "EMFILE 1 @1 system.log"));
  Append("system.log", "\n" + line, kNowMs + 2);
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 2 @2 system.log", "EMFILE 1 @1 system.log"));
}

TEST_F(LogFollowerTest, ReadsARotatedFileToItsEndAndTheNewOneFromItsBegin) {
  Write("system.log", kQuiet);
  Sweep();
  Append("system.log", kRefused);
  fs::rename(Path("system.log"), Path("system.log.1"));
  Write("system.log", "ERROR 2025-07-08T09:15:01 +1ms EMFILE\n");
  EXPECT_THAT(Counts(Sweep()),
              ::testing::UnorderedElementsAre("EMFILE 1 @1 system.log", "QDRANT_REFUSED 1 @2 system.log.1"));
}

TEST_F(LogFollowerTest, ReadsATruncatedFileAnew) {
  Write("tui.log", std::string(kRefused) + kQuiet + kQuiet);
  Sweep();
  Write("tui.log", "ERROR 2025-07-08T09:15:01 +1ms EMFILE\n", kNowMs + 1);
  EXPECT_THAT(Counts(Sweep()), Contains("EMFILE 1 @1 tui.log"));
}

TEST_F(LogFollowerTest, ReadsAFileThatWasTruncatedAndHasOutgrownItsOldSizeAnew) {
  Write("tui.log", kQuiet);
  Sweep();
  Write("tui.log", "ERROR 2025-07-08T09:15:01 +1ms EMFILE\n" + std::string(kQuiet) + kQuiet, kNowMs + 1);
  EXPECT_THAT(Counts(Sweep()), ElementsAre("EMFILE 1 @1 tui.log"));
}

TEST_F(LogFollowerTest, WhatWasSeenInAFileThatIsGoneStillWasSeen) {
  Write("system.log", kRefused);
  Sweep();
  fs::remove(Path("system.log"));
  const LogFacts facts = Sweep();
  EXPECT_THAT(facts.files, IsEmpty());
  EXPECT_THAT(Counts(facts), ElementsAre("QDRANT_REFUSED 1 @1 system.log"));
}

TEST_F(LogFollowerTest, ForgetsWhatIsOlderThanTheWindow) {
  Write("system.log", kRefused);
  EXPECT_THAT(Sweep().hits.size(), 1U);
  EXPECT_THAT(Sweep(kNowMs + 25 * kHourMs).hits, IsEmpty());
}

TEST_F(LogFollowerTest, OldLinesDoNotCount) {
  Write("system.log", "ERROR 2025-07-07T09:15:00 +3ms EMFILE\n" + std::string(kQuiet));
  Write("other.log", kRefused, kNowMs - 25 * kHourMs);
  EXPECT_THAT(Sweep().hits, IsEmpty());
  Append("other.log", kRefused, kNowMs);
  const LogFacts facts = Sweep();
  EXPECT_THAT(Counts(facts), ElementsAre("QDRANT_REFUSED 1 @0 other.log")) << "only what was added, its line unknown";
}

TEST_F(LogFollowerTest, AContinuationIsAsOldAsItsLine) {
  Write("system.log", "ERROR 2025-07-06T09:15:00 +3ms x\n    cause: EMFILE\n" + std::string(kQuiet) + "    EDQUOT\n");
  const LogFacts facts = Sweep();
  ASSERT_THAT(Counts(facts), ElementsAre("ENOSPC 1 @4 system.log"));
  EXPECT_FALSE(facts.hits[0].dated_by_file);
}

TEST_F(LogFollowerTest, UndatedLinesAreAsOldAsTheFile) {
  Write("system.log", "EMFILE\n", kNowMs - kHourMs);
  const LogFacts facts = Sweep();
  ASSERT_EQ(facts.hits.size(), 1U);
  EXPECT_EQ(facts.hits[0].last_ms, kNowMs - kHourMs);
  EXPECT_TRUE(facts.hits[0].dated_by_file);
}

TEST_F(LogFollowerTest, NoLineIsYoungerThanItsFile) {
  Write("system.log", "ERROR 2025-07-08T23:15:00 +3ms EMFILE\n");
  EXPECT_EQ(Sweep().hits.at(0).last_ms, kNowMs);
}

TEST_F(LogFollowerTest, LinesThatAreTooLongAreSkippedAndCounted) {
  const std::string huge(3 * kLongestLine, 'x');
  Write("system.log", std::string(kRefused) + "EMFILE" + huge + "\n" + kRefused);
  const LogFacts facts = Sweep();
  EXPECT_THAT(Counts(facts), ElementsAre("QDRANT_REFUSED 2 @3 system.log"));
  EXPECT_EQ(facts.skipped_lines, 1);
}

TEST_F(LogFollowerTest, BytesThatAreNoTextAreLookedThrough) {
  Write("system.log", std::string("\0\xFF\xFE\n\0", 5) + kRefused + std::string(1'000, '\0'));
  EXPECT_THAT(Counts(Sweep()), ElementsAre("QDRANT_REFUSED 1 @2 system.log"));
}

TEST_F(LogFollowerTest, OnlyTheEndOfALargeFileIsReadAtFirst) {
  follower_ = LogFollower(Matcher(), {.first_bytes = 1'000});
  std::string text = kRefused;
  while (text.size() < 5'000) text += kQuiet;
  Write("system.log", text + "ERROR 2025-07-08T09:15:01 +1ms EMFILE\n");
  EXPECT_THAT(Counts(Sweep()), ElementsAre("EMFILE 1 @0 system.log"));
}

TEST_F(LogFollowerTest, WhatTheBudgetLeavesIsUnknownUntilItIsRead) {
  follower_ = LogFollower(Matcher(), {.sweep_bytes = 1});
  const std::string many = [] {
    std::string text;
    while (text.size() < 2 * kLongestLine) text += kQuiet;
    return text + kRefused;
  }();
  Write("late.log", many, kNowMs);
  Write("early.log", kRefused, kNowMs - kHourMs);
  EXPECT_THAT(Sweep().hits, IsEmpty());
  EXPECT_THAT(unknown_, ElementsAre(Path("late.log"), Path("early.log")));
  for (int i = 0; i < 10 && !unknown_.empty(); ++i) Sweep();
  EXPECT_THAT(unknown_, IsEmpty());
  EXPECT_EQ(Sweep().hits.size(), 2U);
}

TEST_F(LogFollowerTest, LinksAndPipesAreNotFollowed) {
  Write("real.log", kRefused);
  fs::rename(Path("real.log"), dir_ / "elsewhere");
  fs::create_symlink(dir_ / "elsewhere", Path("link.log"));
  ASSERT_EQ(mkfifo(Path("pipe.log").c_str(), 0600), 0);
  EXPECT_THAT(Sweep().hits, IsEmpty());
  fs::create_directory_symlink(dir_ / "log", dir_ / "linked");
  std::vector<std::string> unknown;
  follower_.Sweep({{dir_.path(), "linked", LogKind::kServer}}, kNowMs, unknown);
  EXPECT_THAT(unknown, ElementsAre(dir_ / "linked"));
}

TEST_F(LogFollowerTest, FilesOfOthersAreNotTheUsers) {
  Write("task-debug.log", kRefused);
  const LogFolder mine{dir_.path(), "log", LogKind::kTasks, "task-debug.log", geteuid()};
  LogFolder theirs = mine;
  theirs.owner = geteuid() + 1;
  EXPECT_THAT(follower_.Sweep({theirs}, kNowMs, unknown_).files, IsEmpty());
  EXPECT_EQ(follower_.Sweep({mine}, kNowMs, unknown_).files.size(), 1U);
}

TEST_F(LogFollowerTest, NamesTheSessionsThatALineNames) {
  Write("system.log",
        "ERROR 2025-07-08T09:15:00 +3ms id=ses_816aecd9affetzTJbgUmNbzSey Session not found: "
        "ses_81683a167ffej8o57i2ocdht52\nERROR 2025-07-08T09:15:00 +3ms id=ses_816aecd9affetzTJbgUmNbzSey ses_short "
        "EMFILE\n");
  for (const LogFacts::Hits& hits : Sweep().hits) {
    EXPECT_THAT(hits.ids, ElementsAre(hits.pattern == "EMFILE" ? "ses_816aecd9affetzTJbgUmNbzSey"
                                                               : "ses_81683a167ffej8o57i2ocdht52"));
  }
}

TEST_F(LogFollowerTest, TellsWhichFilesEndInACrash) {
  Write("2025-07-08T091500.log",
        std::string(kQuiet) + "ERROR 2025-07-08T09:15:02 +3ms service=default fatal\n    at x\n");
  Write("2025-07-08T091502.log", "ERROR 2025-07-08T09:15:02 +3ms service=default exception\n" + std::string(kQuiet));
  Write("2025-07-08T091503.log", "ERROR 2025-07-08T09:15:02 +3ms service=default nonfatal\n");
  std::map<std::string, LogFacts::File> files;
  for (const LogFacts::File& file : Sweep().files) files[fs::path(file.path).filename()] = file;
  EXPECT_TRUE(files["2025-07-08T091500.log"].crashed);
  EXPECT_EQ(files["2025-07-08T091500.log"].started_ms, 1'751'966'100'000);
  EXPECT_EQ(files["2025-07-08T091500.log"].crashed_ms, 1'751'966'102'000);
  EXPECT_FALSE(files["2025-07-08T091502.log"].crashed) << "it went on";
  EXPECT_FALSE(files["2025-07-08T091503.log"].crashed);
}

// A writer that appends, truncates and rotates as fast as it can: every line it wrote to a file that lives is counted
// at most once, nothing is read twice, nothing fails.
TEST_F(LogFollowerTest, KeepsUpWithAWriterThatRotates) {
  std::atomic<bool> done{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int round = 0; round < 20; ++round) {
      std::ofstream stream(Path("system.log"), std::ios::binary | std::ios::app);
      for (int line = 0; line < 50; ++line) {
        stream << kRefused << std::flush;
        ++written;
      }
      stream.close();
      std::error_code ignored;
      fs::rename(Path("system.log"), Path("old-" + std::to_string(round) + ".log"), ignored);
    }
    done = true;
  });
  const auto now = [] { return std::int64_t{std::time(nullptr)} * 1000; };
  follower_ = LogFollower(Matcher(), {.window_ms = std::int64_t{1} << 50});
  while (!done) Sweep(now());
  writer.join();
  std::int64_t counted = 0;
  for (const LogFacts::Hits& hits : Sweep(now()).hits) counted += hits.count;
  EXPECT_EQ(counted, written);
}

}  // namespace
}  // namespace fleet::agent
