#include <sys/stat.h>
#include <zlib.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "tests/agent/repair/repairs/service_world.h"

namespace fleet::agent {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class LogRotateTest : public ServiceTest {
 protected:
  LogRotateTest() { std::filesystem::create_directories(Folder()); }

  std::string Folder() const { return home_.home.data_home + "/dgmo/log"; }
  std::string Log() const { return Folder() + "/server.log"; }
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static std::string Unpacked(const std::string& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    std::string text;
    char buffer[1 << 16];
    for (int n = 0; (n = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    gzclose(file);
    return text;
  }
  // Over ten megabytes of lines that tell which filling they are of.
  std::string Fill(char letter) const {
    std::string text;
    while (text.size() <= (10U << 20)) text.append(1'000, letter).append("\n");
    std::ofstream(Log(), std::ios::binary | std::ios::app) << text;
    return text;
  }
  Finding Oversize() const {
    Finding finding;
    finding.code = "LOG_OVERSIZE";
    finding.root = home_.home.path;
    finding.path = Log();
    finding.paths = {Log()};
    return finding;
  }
};

TEST_F(LogRotateTest, KeepsFiveCopiesTheNewestPlainTheOthersCompressed) {
  std::vector<std::string> filled;
  for (char letter = 'a'; letter <= 'g'; ++letter) {
    filled.push_back(Fill(letter));
    const ServiceOutcome outcome = Apply(kLogRotate, Oversize());
    ASSERT_EQ(outcome.outcome, Outcome::kApplied) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("may be missing"));
    EXPECT_EQ(std::filesystem::file_size(Log()), 0U);
  }
  EXPECT_EQ(Read(Log() + ".1"), filled[6]);
  for (int number = 2; number <= 5; ++number) {
    EXPECT_EQ(Unpacked(Log() + "." + std::to_string(number) + ".gz"), filled[static_cast<std::size_t>(7 - number)]);
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Folder())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, SizeIs(6)) << "the log and five copies";
}

TEST_F(LogRotateTest, AWriterThatAppendsKeepsTheSameFile) {
  const std::string text = Fill('a');
  std::ofstream writer(Log(), std::ios::app);
  struct stat before {};
  stat(Log().c_str(), &before);
  EXPECT_EQ(Apply(kLogRotate, Oversize()).outcome, Outcome::kApplied);
  writer << "afterwards\n" << std::flush;
  struct stat after {};
  stat(Log().c_str(), &after);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(Read(Log()), "afterwards\n");
  EXPECT_EQ(Read(Log() + ".1"), text);
}

TEST_F(LogRotateTest, TheCopyHasTheRightsOfTheLog) {
  Fill('a');
  chmod(Log().c_str(), 0640);
  EXPECT_EQ(Apply(kLogRotate, Oversize()).outcome, Outcome::kApplied);
  struct stat copy {};
  stat((Log() + ".1").c_str(), &copy);
  EXPECT_EQ(copy.st_mode & 07777, 0640U);
}

TEST_F(LogRotateTest, AWriterThatGoesOnAtItsOwnPlaceIsRefused) {
  Fill('a');
  const int writer = open(Log().c_str(), O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(RefusalOf(kLogRotate, Oversize()), "being_written");
  close(writer);
  EXPECT_EQ(RefusalOf(kLogRotate, Oversize()), "") << "and is not once it has ended";
}

TEST_F(LogRotateTest, WhatIsSmallAgainNeedsNothing) {
  std::ofstream(Log()) << "short\n";
  EXPECT_EQ(RefusalOf(kLogRotate, Oversize()), "small_enough");
}

TEST_F(LogRotateTest, NeverFollowsALink) {
  Fill('a');
  std::filesystem::rename(Log(), dir_ / "elsewhere");
  std::filesystem::create_symlink(dir_ / "elsewhere", Log());
  EXPECT_EQ(RefusalOf(kLogRotate, Oversize()), "cannot_open");
  EXPECT_GT(std::filesystem::file_size(dir_ / "elsewhere"), 10U << 20);
}

TEST_F(LogRotateTest, NeverTouchesASecondName) {
  Fill('a');
  std::filesystem::create_hard_link(Log(), dir_ / "second");
  EXPECT_EQ(RefusalOf(kLogRotate, Oversize()), "hard_linked");
}

TEST_F(LogRotateTest, OnlyInFoldersOfLogs) {
  Finding finding = Oversize();
  finding.path = home_.home.path + "/diary.log";
  std::ofstream(finding.path) << std::string(11U << 20, 'x');
  EXPECT_EQ(RefusalOf(kLogRotate, finding), "not_a_log");
}

TEST_F(LogRotateTest, AnotherUsersLogIsLeft) {
  Fill('a');
  home_.home.owner = geteuid() + 1;
  EXPECT_EQ(RefusalOf(kLogRotate, Oversize()), "foreign_owner");
}

TEST_F(LogRotateTest, AfterAnInterruptionNoCopyIsLost) {
  // As a run leaves it that ended after it had compressed the first copy and before it copied the log.
  const std::string older = Fill('a');
  ASSERT_EQ(Apply(kLogRotate, Oversize()).outcome, Outcome::kApplied);
  Fill('b');
  ASSERT_EQ(Apply(kLogRotate, Oversize()).outcome, Outcome::kApplied);
  std::filesystem::remove(Log() + ".1");
  std::ofstream(Log() + ".1.dgmo-agent-new") << "half";
  const std::string newest = Fill('c');
  EXPECT_EQ(Apply(kLogRotate, Oversize()).outcome, Outcome::kApplied);
  EXPECT_EQ(Read(Log() + ".1"), newest);
  EXPECT_EQ(Unpacked(Log() + ".2.gz"), older) << "which needed no other place";
  EXPECT_FALSE(std::filesystem::exists(Log() + ".1.dgmo-agent-new"));
}

}  // namespace
}  // namespace fleet::agent
