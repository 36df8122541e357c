#include "agent/link/state_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "agent/link/agent_id.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

TEST(StateDirectory, IsReadableByItsUserOnly) {
  const TempDir temporary;
  auto folder = StateDirectory::Open(temporary.path() + "/a/b");
  ASSERT_TRUE(folder.ok()) << folder.status();
  ASSERT_TRUE(folder->Replace("file", "bytes").ok());
  struct stat info {};
  ASSERT_EQ(stat((temporary.path() + "/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  ASSERT_EQ(stat((temporary.path() + "/a/b/file").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(*folder->Read("file"), "bytes");
}

TEST(StateDirectory, IsLockedAgainstASecondAgent) {
  const TempDir temporary;
  auto first = StateDirectory::Open(temporary.path());
  auto second = StateDirectory::Open(temporary.path());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->Lock().ok());
  EXPECT_EQ(second->Lock().code(), absl::StatusCode::kAlreadyExists);
  { const StateDirectory gone = *std::move(first); }
  EXPECT_TRUE(second->Lock().ok());
}

TEST(StateDirectory, SaysWhatIsInTheWay) {
  const TempDir temporary;
  std::ofstream(temporary.path() + "/file") << "x";
  const auto folder = StateDirectory::Open(temporary.path() + "/file/state");
  ASSERT_FALSE(folder.ok());
  EXPECT_NE(folder.status().message().find(temporary.path() + "/file/state"), absl::string_view::npos);
}

TEST(StateDirectory, DoesNotHangOnAPipe) {
  const TempDir temporary;
  auto folder = StateDirectory::Open(temporary.path());
  ASSERT_EQ(mkfifo((temporary.path() + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(folder->Read("pipe").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(folder->Read("nothing").status().code(), absl::StatusCode::kNotFound);
}

TEST(AgentId, IsMadeOnceAndKept) {
  const TempDir temporary;
  auto folder = StateDirectory::Open(temporary.path());
  const auto id = AgentId(*folder);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->size(), 24U);
  EXPECT_TRUE(id->starts_with("agt_"));
  EXPECT_EQ(*AgentId(*folder), *id);
}

TEST(AgentId, IsNotReplacedWhenItsFileIsDamaged) {
  const TempDir temporary;
  auto folder = StateDirectory::Open(temporary.path());
  ASSERT_TRUE(folder->Replace("agent_id", "agt_12").ok());
  EXPECT_EQ(AgentId(*folder).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*folder->Read("agent_id"), "agt_12");
}

}  // namespace
}  // namespace fleet::agent
