#include "agent/watch/watch_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/store/find_roots.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using Nature = WatchPlan::Nature;

class WatchPlanTest : public testing::Test {
 protected:
  WatchPlanTest() { std::filesystem::create_directories(dir_ / "home"); }
  Target HomeTarget() const { return {*HomeAt(dir_ / "home", false), {}}; }
  const TempDir dir_;
};

TEST_F(WatchPlanTest, KnowsThePlacesOfAHomeBeforeTheyExist) {
  const WatchPlan plan = WatchPlan::Of({HomeTarget()}, false);
  const std::string data = HomeTarget().home.path + "/.local/share";
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project"), Nature::kFolder);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p"), Nature::kFolder);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p/storage/session/info"), Nature::kFolder);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p/storage/session/message/ses_1"), Nature::kLeaf);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p/storage/session/message/ses_1/deep"), Nature::kUnwatched);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p/storage/session/checkpoint/ses_1"), Nature::kLeaf);
  EXPECT_EQ(plan.NatureOf(data + "/opencode/User/workspaceStorage/w/dgmo/sessions/ses_1"), Nature::kSessionFolder);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p/log"), Nature::kUnwatched);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/bin"), Nature::kUnwatched);
  EXPECT_EQ(plan.NatureOf(data + "/opencode/User/workspaceStorage/w"), Nature::kFolder);
  EXPECT_EQ(plan.NatureOf(data + "/opencode/User/workspaceStorage/w/other"), Nature::kUnwatched);
  EXPECT_EQ(plan.NatureOf(data + "/opencode/User/workspaceStorage/w/dgmo/sessions/ses_1/message"), Nature::kLeaf);
  EXPECT_EQ(plan.NatureOf(HomeTarget().home.path + "/.config/dgmo"), Nature::kFlat);
  EXPECT_EQ(plan.NatureOf(HomeTarget().home.path + "/.config/dgmo/providers"), Nature::kUnwatched);
  EXPECT_EQ(plan.NatureOf(HomeTarget().home.path), Nature::kUnwatched);
}

TEST_F(WatchPlanTest, TakesLogsInWhenAsked) {
  const WatchPlan plan = WatchPlan::Of({HomeTarget()}, true);
  const std::string data = HomeTarget().home.path + "/.local/share";
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/log"), Nature::kFlat);
  EXPECT_EQ(plan.NatureOf(data + "/dgmo/project/p/log"), Nature::kFlat);
}

TEST_F(WatchPlanTest, NamesPathsWithoutLinks) {
  const std::string home = HomeTarget().home.path;
  std::filesystem::create_directories(dir_ / "elsewhere/share");
  std::filesystem::create_directory(home + "/.local");
  std::filesystem::create_directory_symlink(dir_ / "elsewhere/share", home + "/.local/share");
  const StoreWriter store = StoreWriter::Program(dir_ / "apart", "linked");
  std::filesystem::create_directories(home + "/.local/share/dgmo/project");
  std::filesystem::create_directory_symlink(store.path(), home + "/.local/share/dgmo/project/linked");
  const WatchPlan plan = WatchPlan::Of({HomeTarget()}, false);
  const std::vector<std::string> tops = plan.Tops();
  const std::string real = std::filesystem::canonical(dir_ / "elsewhere/share");
  EXPECT_NE(std::find(tops.begin(), tops.end(), real + "/dgmo/project"), tops.end());
  EXPECT_NE(std::find(tops.begin(), tops.end(), store.AsRoot().path), tops.end());
}

}  // namespace
}  // namespace fleet::agent
