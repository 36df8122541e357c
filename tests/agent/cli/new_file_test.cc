#include "agent/cli/new_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

TEST(NewFile, IsForItsOwnersEyesOnly) {
  const TempDir dir;
  ASSERT_TRUE(WriteNewFile(dir / "report.json", "{}").ok());
  struct stat found {};
  ASSERT_EQ(stat((dir / "report.json").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ(found.st_size, 2);
}

TEST(NewFile, ReplacesNothingAndFollowsNoLink) {
  const TempDir dir;
  dir.Write("there", "precious");
  EXPECT_EQ(WriteNewFile(dir / "there", "x").code(), absl::StatusCode::kAlreadyExists);
  std::filesystem::create_symlink(dir / "elsewhere", dir / "link");
  EXPECT_FALSE(WriteNewFile(dir / "link", "x").ok());
  EXPECT_FALSE(std::filesystem::exists(dir / "elsewhere"));
}

}  // namespace
}  // namespace fleet::agent
