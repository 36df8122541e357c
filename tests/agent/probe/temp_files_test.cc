#include "agent/probe/temp_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;

TEST(TempFiles, AreKnownByTheirNamesWhereOthersLiveToo) {
  const TempDir dir;
  dir.Write("tmp/dgmo-x", "12345");
  dir.Write("tmp/ses_816a.json", "");
  dir.Write("tmp/unrelated", "");
  dir.Write("own/anything", "");
  const std::vector<TempEntry> entries = FindTempEntriesIn({dir / "own"}, {dir / "tmp", dir / "none"});
  std::vector<std::string> paths;
  for (const TempEntry& entry : entries) paths.push_back(entry.path);
  EXPECT_THAT(paths, ElementsAre(dir / "own/anything", dir / "tmp/dgmo-x", dir / "tmp/ses_816a.json"));
  EXPECT_EQ(entries[1].size, 5);
  EXPECT_EQ(entries[1].owner, getuid());
}

TEST(TempFiles, TellWhoHasThemOpen) {
  const TempDir dir;
  dir.Write("tmp/dgmo-x/file", "");
  dir.Write("tmp/dgmo-xy", "");
  const int fd = open((dir / "tmp/dgmo-x/file").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  const std::vector<TempEntry> entries = FindTempEntriesIn({}, {dir / "tmp"});
  close(fd);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_THAT(entries[0].users, ElementsAre(getpid()));
  EXPECT_TRUE(entries[1].users.empty()) << "a longer name is another thing";
}

}  // namespace
}  // namespace fleet::agent
