#include "agent/watch/live_home.h"

#include <gtest/gtest.h>

#include "agent/probe/inspect.h"
#include "agent/store/find_roots.h"
#include "tests/agent/watch/describe.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

class LiveHomeTest : public testing::Test {
 protected:
  LiveHomeTest() {
    std::filesystem::create_directories(dir_ / "home");
    target_ = {*HomeAt(dir_ / "home", false), {}};
  }
  // What the model should be: what one look at everything gives.
  void ExpectLikeAnInspection(const LiveHome& live) {
    const absl::StatusOr<HomeModel> home = Inspect(target_, [](std::chrono::milliseconds) {});
    ASSERT_TRUE(home.ok());
    ASSERT_EQ(live.model().roots.size(), home->roots.size());
    for (std::size_t i = 0; i < home->roots.size(); ++i) {
      EXPECT_EQ(live.model().roots[i].root, home->roots[i].root);
      EXPECT_EQ(Describe(live.model().roots[i]), Describe(home->roots[i]));
    }
    EXPECT_EQ(live.model().has_config, home->has_config);
  }
  const TempDir dir_;
  FakeClock clock_{ToMillis(SystemClock().Now()) + 3'600'000};
  Target target_;
};

TEST_F(LiveHomeTest, FollowsRootsThatComeAndGo) {
  LiveHome live(clock_, target_);
  live.Sweep(false);
  EXPECT_TRUE(live.model().roots.empty());
  StoreWriter first = StoreWriter::Program(dir_ / "home", "first");
  AddBreakableSessions(first);
  live.Refresh({first.AsRoot().path});
  ExpectLikeAnInspection(live);
  StoreWriter second = StoreWriter::Guide(dir_ / "home");
  AddBreakableSessions(second);
  live.Refresh({second.AsRoot().path + "/sessions"});
  ExpectLikeAnInspection(live);
  EXPECT_EQ(live.model().roots.size(), 2U);
  const std::string path = first.AsRoot().path;
  std::filesystem::remove_all(first.path());
  live.Refresh({path});
  ExpectLikeAnInspection(live);
  EXPECT_EQ(live.model().roots.size(), 1U);
}

TEST_F(LiveHomeTest, RefreshesTheRootThatAPathIsIn) {
  StoreWriter first = StoreWriter::Program(dir_ / "home", "p");
  StoreWriter second = StoreWriter::Program(dir_ / "home", "p-2");
  AddBreakableSessions(first);
  AddBreakableSessions(second);
  LiveHome live(clock_, target_);
  live.Sweep(false);
  const std::string session = second.AddConversation("New");
  live.Refresh({second.AsRoot().path + "/" + second.InfoPath(session),
                second.AsRoot().path + "/" + second.ConversationPath(session)});
  ExpectLikeAnInspection(live);
}

TEST_F(LiveHomeTest, KnowsAConfigurationByItsPath) {
  StoreWriter::Program(dir_ / "home");
  LiveHome live(clock_, target_);
  live.Sweep(false);
  EXPECT_FALSE(live.model().has_config);
  const std::string path = target_.home.config_home + "/dgmo/config.json";
  EXPECT_TRUE(live.IsConfiguration(path));
  dir_.Write("home/.config/dgmo/config.json", "{}");
  live.Refresh({path});
  EXPECT_TRUE(live.model().has_config);
}

TEST_F(LiveHomeTest, AnExplicitRootThatIsGoneIsAnErrorUntilItIsBack) {
  const StoreWriter store = StoreWriter::Program(dir_ / "home");
  const Target target{{}, {store.AsRoot()}};
  LiveHome live(clock_, target);
  live.Sweep(false);
  EXPECT_TRUE(live.status().ok());
  std::filesystem::rename(store.path(), dir_ / "aside");
  live.Refresh({target.explicit_roots[0].path});
  EXPECT_FALSE(live.status().ok());
  std::filesystem::rename(dir_ / "aside", store.path());
  live.Refresh({target.explicit_roots[0].path});
  EXPECT_TRUE(live.status().ok());
}

TEST_F(LiveHomeTest, ReadsTheStoreAgainInTheTimeItIsGiven) {
  StoreWriter store = StoreWriter::Program(dir_ / "home");
  for (int i = 0; i < 50; ++i) store.AddConversation("More");
  LiveHome live(clock_, target_);
  live.Sweep(false);
  clock_.Advance(std::chrono::hours(24));
  live.Sweep(false);
  live.ReadSlice();
  const std::int64_t before = live.model().roots[0].stats.files;
  const std::int64_t all = before;
  for (int minute = 0; minute < 12 * 60; ++minute) {
    clock_.Advance(std::chrono::minutes(1));
    live.Sweep(false);
    live.ReadSlice();
  }
  const std::int64_t half_a_day = live.model().roots[0].stats.files - before;
  EXPECT_GT(half_a_day, all / 5);
  EXPECT_LT(half_a_day, all);
  ExpectLikeAnInspection(live);
}

}  // namespace
}  // namespace fleet::agent
