#include "agent/repair/root_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "common/sha256.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tree.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

std::string Contents(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A root with one document, and a folder of the agent's beside it.
class RootWriterTest : public testing::Test {
 protected:
  RootWriterTest() {
    dir_.Write("root/info/a.json", "old");
    dir_.Write("agent/source", "new bytes");
    writer_ = std::make_unique<RootWriter>(RootWriter::Open(dir_ / "root").value());
  }

  PathState Look(const std::string& path) { return writer_->Look(path).value(); }
  Attributes Mine(std::uint32_t mode = 0640) const {
    return {.mode = mode, .uid = geteuid(), .gid = getegid(), .mtime_ns = std::nullopt};
  }
  std::string In(const std::string& path) const { return dir_ / ("root/" + path); }
  bool Has(const std::string& path) const { return fs::exists(fs::symlink_status(In(path))); }

  TempDir dir_;
  std::unique_ptr<RootWriter> writer_;
};

TEST_F(RootWriterTest, CreatesWithTheAttributesAskedForAndLeavesNoStaging) {
  Attributes attributes = Mine();
  attributes.mtime_ns = 1'751'966'100'123'456'789;
  ASSERT_TRUE(writer_->Write("info/b.json", "fresh", attributes, {}).ok());
  ASSERT_TRUE(writer_->RemoveStaging().ok());
  EXPECT_EQ(Contents(In("info/b.json")), "fresh");
  EXPECT_EQ(Look("info/b.json").stat.mode & 07777, 0640U);
  EXPECT_EQ(Look("info/b.json").stat.mtime_ns, 1'751'966'100'123'456'789);
  EXPECT_FALSE(Has(".dgmo-agent"));
}

TEST_F(RootWriterTest, ReplacesOnlyWhatItExpects) {
  const PathState before = Look("info/a.json");
  ASSERT_TRUE(writer_->Write("info/a.json", "newer", Mine(), before).ok());
  EXPECT_EQ(Contents(In("info/a.json")), "newer");
  const absl::Status again = writer_->Write("info/a.json", "third", Mine(), before);
  EXPECT_TRUE(absl::IsAborted(again)) << again;
  EXPECT_EQ(Contents(In("info/a.json")), "newer");
}

TEST_F(RootWriterTest, KeepsAFileReplacedMeanwhileByOneOfTheSameSizeAndTime) {
  const PathState before = Look("info/a.json");
  dir_.Write("root/info/tmp", "abc");
  fs::last_write_time(In("info/tmp"), fs::last_write_time(In("info/a.json")));
  fs::rename(In("info/tmp"), In("info/a.json"));
  EXPECT_TRUE(absl::IsAborted(writer_->Write("info/a.json", "newer", Mine(), before)));
  EXPECT_EQ(Contents(In("info/a.json")), "abc");
}

TEST_F(RootWriterTest, CreatesNothingOverAFileThatAppearedMeanwhile) {
  const PathState nothing = Look("info/b.json");
  dir_.Write("root/info/b.json", "theirs");
  EXPECT_TRUE(absl::IsAborted(writer_->Write("info/b.json", "mine", Mine(), nothing)));
  EXPECT_EQ(Contents(In("info/b.json")), "theirs");
}

TEST_F(RootWriterTest, FollowsNoLinkOnTheWay) {
  const PathState before = Look("info/a.json");
  fs::rename(In("info"), dir_ / "outside");
  fs::create_directory_symlink(dir_ / "outside", In("info"));
  const std::string tree = TreeText(dir_ / "outside");
  EXPECT_TRUE(absl::IsFailedPrecondition(writer_->Write("info/a.json", "x", Mine(), before)));
  EXPECT_TRUE(absl::IsFailedPrecondition(writer_->MoveOut("info/a.json", dir_ / "agent/a", before)));
  EXPECT_TRUE(absl::IsFailedPrecondition(writer_->MakeDirectory("info/d", Mine(0755))));
  EXPECT_TRUE(absl::IsFailedPrecondition(writer_->RemoveCreated("info/a.json", before)));
  EXPECT_EQ(TreeText(dir_ / "outside"), tree);
}

TEST_F(RootWriterTest, TakesALinkInPlaceOfTheFileForAChange) {
  const PathState before = Look("info/a.json");
  fs::rename(In("info/a.json"), dir_ / "outside.json");
  fs::create_symlink(dir_ / "outside.json", In("info/a.json"));
  EXPECT_TRUE(absl::IsAborted(writer_->Write("info/a.json", "x", Mine(), before)));
  EXPECT_TRUE(absl::IsAborted(writer_->MoveOut("info/a.json", dir_ / "agent/a", before)));
  EXPECT_EQ(Contents(dir_ / "outside.json"), "old");
}

TEST_F(RootWriterTest, DoesNotBlockOnAFifoInTheWay) {
  const PathState before = Look("info/a.json");
  fs::remove(In("info/a.json"));
  ASSERT_EQ(mkfifo(In("info/a.json").c_str(), 0600), 0);
  EXPECT_EQ(Look("info/a.json").kind, PathState::Kind::kOther);
  EXPECT_TRUE(absl::IsAborted(writer_->Write("info/a.json", "x", Mine(), before)));
  ASSERT_EQ(mkfifo(In("info/f").c_str(), 0600), 0);
  EXPECT_FALSE(writer_->CopyOut("info/f", dir_ / "agent/f", Look("info/f")).ok());
}

TEST_F(RootWriterTest, RefusesPathsThatAreNotPlain) {
  for (const std::string path : {"", "/etc/x", "../x", "info/../../x", "./x", "info//x", "info/", ".dgmo-agent/x"}) {
    EXPECT_FALSE(IsPlainPath(path)) << path;
    EXPECT_FALSE(writer_->Write(path, "x", Mine(), {}).ok()) << path;
  }
  EXPECT_FALSE(IsPlainPath(std::string("a\0b", 3)));
  EXPECT_TRUE(IsPlainPath("info/.hidden"));
  EXPECT_TRUE(IsPlainPath("\xff\xfe/x"));
}

TEST_F(RootWriterTest, RefusesToReplaceAHardLinkedFile) {
  fs::create_hard_link(In("info/a.json"), dir_ / "other");
  const absl::Status status = writer_->Write("info/a.json", "x", Mine(), Look("info/a.json"));
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(Contents(dir_ / "other"), "old");
}

TEST_F(RootWriterTest, MovesAFileOutAndTheVerySameFileIn) {
  const std::string tree = TreeText(dir_ / "root");
  const PathState before = Look("info/a.json");
  ASSERT_TRUE(writer_->MoveOut("info/a.json", dir_ / "agent/a", before).ok());
  EXPECT_FALSE(Has("info/a.json"));
  ASSERT_TRUE(writer_->MoveIn("info/a.json", dir_ / "agent/a").ok());
  EXPECT_EQ(Look("info/a.json").stat, before.stat);
  EXPECT_EQ(TreeText(dir_ / "root"), tree);
}

TEST_F(RootWriterTest, NeverOverwritesWhenMoving) {
  dir_.Write("agent/a", "there already");
  EXPECT_FALSE(writer_->MoveOut("info/a.json", dir_ / "agent/a", Look("info/a.json")).ok());
  EXPECT_FALSE(writer_->MoveIn("info/a.json", dir_ / "agent/a").ok());
  EXPECT_EQ(Contents(In("info/a.json")), "old");
  EXPECT_EQ(Contents(dir_ / "agent/a"), "there already");
}

TEST_F(RootWriterTest, MovesAcrossFileSystemsByCopy) {
  struct stat here {
  }, there{};
  if (stat("/dev/shm", &there) != 0 || stat(dir_.path().c_str(), &here) != 0 || here.st_dev == there.st_dev) {
    GTEST_SKIP() << "there is no second file system at /dev/shm";
  }
  const std::string other = "/dev/shm/dgmo-fleet-" + std::to_string(getpid());
  const std::string tree = TreeText(dir_ / "root");
  const PathState before = Look("info/a.json");
  ASSERT_TRUE(writer_->MoveOut("info/a.json", other, before).ok());
  EXPECT_FALSE(Has("info/a.json"));
  EXPECT_EQ(Contents(other), "old");
  EXPECT_TRUE(absl::IsUnavailable(writer_->MoveIn("info/a.json", other)));
  ASSERT_TRUE(writer_->CopyIn("info/a.json", other, AttributesOf(before.stat, true), {}).ok());
  ASSERT_TRUE(writer_->RemoveStaging().ok());
  EXPECT_EQ(TreeText(dir_ / "root"), tree);
  fs::remove(other);
}

TEST_F(RootWriterTest, MakesAndRemovesDirectories) {
  const std::string tree = TreeText(dir_ / "root");
  ASSERT_TRUE(writer_->MakeDirectory("info/d", Mine(0750)).ok());
  EXPECT_EQ(Look("info/d").stat.mode & 07777, 0750U);
  EXPECT_TRUE(absl::IsAborted(writer_->MakeDirectory("info/d", Mine(0750))));
  dir_.Write("root/info/d/file", "theirs");
  EXPECT_TRUE(absl::IsFailedPrecondition(writer_->RemoveEmptyDirectory("info/d")));
  fs::remove(In("info/d/file"));
  ASSERT_TRUE(writer_->RemoveEmptyDirectory("info/d").ok());
  EXPECT_EQ(TreeText(dir_ / "root"), tree);
}

TEST_F(RootWriterTest, RemovesACreatedFileOnlyWhileItIsTheSame) {
  ASSERT_TRUE(writer_->Write("info/b.json", "fresh", Mine(), {}).ok());
  const PathState created = Look("info/b.json");
  dir_.Write("root/info/b.json", "edited");
  EXPECT_TRUE(absl::IsAborted(writer_->RemoveCreated("info/b.json", created)));
  EXPECT_EQ(Contents(In("info/b.json")), "edited");
  EXPECT_TRUE(writer_->RemoveCreated("info/b.json", Look("info/b.json")).ok());
  EXPECT_FALSE(Has("info/b.json"));
}

TEST_F(RootWriterTest, ClearsWhatAnInterruptedRunStaged) {
  dir_.Write("root/.dgmo-agent/new", "half");
  ASSERT_TRUE(writer_->Write("info/b.json", "fresh", Mine(), {}).ok());
  EXPECT_EQ(Contents(In("info/b.json")), "fresh");
  dir_.Write("root/.dgmo-agent/new", "half");
  ASSERT_TRUE(writer_->RemoveStaging().ok());
  EXPECT_FALSE(Has(".dgmo-agent"));
}

TEST_F(RootWriterTest, StagesNothingThroughALink) {
  fs::create_directory_symlink(dir_ / "agent", In(".dgmo-agent"));
  EXPECT_FALSE(writer_->Write("info/b.json", "x", Mine(), {}).ok());
  EXPECT_EQ(Contents(dir_ / "agent/source"), "new bytes");
  EXPECT_FALSE(Has("info/b.json"));
}

TEST_F(RootWriterTest, SaysThatItMayNotWrite) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  chmod(dir_.path().c_str(), 0755);
  const pid_t child = fork();
  if (child == 0) {
    const bool became = setgid(65534) == 0 && setuid(65534) == 0;
    const absl::Status status = writer_->Write("info/b.json", "x", Mine(), {});
    _exit(became && absl::IsPermissionDenied(status) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(RootWriterTest, LeavesTheOldBytesWhenTheDiskIsFull) {
  const std::string small = dir_ / "small";
  fs::create_directory(small);
  if (mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "may not mount a small file system";
  }
  dir_.Write("small/a.json", "old");
  {
    RootWriter writer = RootWriter::Open(small).value();
    const PathState before = writer.Look("a.json").value();
    const std::string tree = TreeText(small);
    const absl::Status status = writer.Write("a.json", std::string(1 << 20, 'x'), Mine(), before);
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_TRUE(writer.RemoveStaging().ok());
    EXPECT_EQ(TreeText(small), tree);
  }
  EXPECT_EQ(umount2(small.c_str(), MNT_DETACH), 0);
}

}  // namespace
}  // namespace fleet::agent
