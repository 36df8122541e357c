#include "agent/watch/folder_watcher.h"

#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <cerrno>
#include <filesystem>

#include "agent/store/find_roots.h"
#include "agent/watch/inotify.h"
#include "common/status.h"
#include "tests/support/fake_clock.h"
#include "tests/support/file_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The kernel's, with fewer watches than it has, and events that get lost.
class StingySource final : public WatchSource {
 public:
  explicit StingySource(int most) : most_(most) {}
  absl::StatusOr<int> Add(int folder) override {
    if (held_ >= most_) return FromErrno(ENOSPC, "cannot watch a folder");
    absl::StatusOr<int> watch = source_->Add(folder);
    if (watch.ok()) ++held_;
    return watch;
  }
  void Remove(int watch) override {
    --held_;
    source_->Remove(watch);
  }
  std::vector<RawEvent> Read() override {
    std::vector<RawEvent> events = source_->Read();
    if (!lose_) return events;
    lose_ = false;
    return {{-1, IN_Q_OVERFLOW, ""}};
  }
  int fd() const override { return source_->fd(); }
  void LoseWhatWaits() { lose_ = true; }

 private:
  const std::unique_ptr<WatchSource> source_ = OpenInotify();
  const int most_;
  int held_ = 0;
  bool lose_ = false;
};

class FolderWatcherTest : public testing::Test {
 protected:
  FolderWatcherTest() : store_(StoreWriter::Program(dir_ / "home")) {
    AddBreakableSessions(store_);
    root_ = store_.AsRoot().path;
  }

  void Start(WatchSettings settings = {}, std::unique_ptr<WatchSource> source = OpenInotify()) {
    plan_ = WatchPlan::Of({Target{*HomeAt(dir_ / "home", false), {}}}, false);
    watcher_ = std::make_unique<FolderWatcher>(settings, plan_, std::move(source), clock_);
    watcher_->Start();
    const ChangeBatch first = Next();
    EXPECT_TRUE(first.rescan);  // whatever happened before is not known
  }
  void StartPolling() {
    WatchSettings settings;
    settings.poll_everything = true;
    Start(settings, nullptr);
    EXPECT_EQ(watcher_->watched(), 0U);
  }
  // What happened up to now, a poll and a debounce later.
  ChangeBatch Next() {
    watcher_->Look();
    clock_.Advance(seconds(1));
    watcher_->Look();
    clock_.Advance(seconds(1));
    AwaitFileClock(dir_.path());
    return watcher_->TakeBatch().value_or(ChangeBatch());
  }
  const std::string& Root() const { return root_; }
  static bool Names(const ChangeBatch& batch, const std::string& path) { return batch.paths.contains(path); }

  const TempDir dir_;
  StoreWriter store_;
  std::string root_;
  FakeClock clock_{ToMillis(SystemClock().Now()) + 3'600'000};
  WatchPlan plan_;
  std::unique_ptr<FolderWatcher> watcher_;
};

TEST_F(FolderWatcherTest, TellsNothingWhileNothingHappens) {
  Start();
  EXPECT_TRUE(Next().paths.empty());
}

TEST_F(FolderWatcherTest, TellsFilesThatAreWrittenRenamedAndRemoved) {
  Start();
  const std::string session = store_.AddConversation("New");
  EXPECT_TRUE(Names(Next(), Root() + "/" + store_.InfoPath(session)));
  std::filesystem::rename(Root() + "/" + store_.InfoPath(session), Root() + "/storage/session/info/x.json");
  ChangeBatch batch = Next();
  EXPECT_TRUE(Names(batch, Root() + "/" + store_.InfoPath(session)));
  EXPECT_TRUE(Names(batch, Root() + "/storage/session/info/x.json"));
  std::filesystem::remove(Root() + "/storage/session/info/x.json");
  EXPECT_TRUE(Names(Next(), Root() + "/storage/session/info/x.json"));
}

TEST_F(FolderWatcherTest, TellsAFileThatIsCutWhileSomebodyHoldsItOpen) {
  Start();
  std::ofstream held(Root() + "/app.json", std::ios::app);
  std::filesystem::resize_file(Root() + "/app.json", 0);
  EXPECT_TRUE(Names(Next(), Root() + "/app.json"));
}

TEST_F(FolderWatcherTest, FollowsFoldersThatAppear) {
  Start();
  const std::string session = store_.AddConversation("New");
  EXPECT_TRUE(Names(Next(), Root() + "/" + store_.ConversationPath(session)));
  const std::string message = store_.AddAnswer(session, "More");
  EXPECT_TRUE(Names(Next(), Root() + "/" + store_.MessagePath(session, message)));
}

TEST_F(FolderWatcherTest, FollowsARootThatIsRemovedAndMadeAgain) {
  Start();
  std::filesystem::remove_all(Root());
  Next();
  StoreWriter again = StoreWriter::Program(dir_ / "home");
  EXPECT_TRUE(Names(Next(), again.AsRoot().path));
  const std::string session = again.AddSession("New");
  EXPECT_TRUE(Names(Next(), Root() + "/" + again.InfoPath(session)));
}

TEST_F(FolderWatcherTest, FollowsAFolderThatIsReplaced) {
  Start();
  const std::string info = Root() + "/storage/session/info";
  std::filesystem::rename(info, dir_ / "aside");
  std::filesystem::create_directory(info);
  Next();
  std::ofstream(info + "/new.json") << "{}";
  EXPECT_TRUE(Names(Next(), info + "/new.json"));
  std::ofstream(dir_ / "aside/old.json") << "{}";  // no longer of the store
  EXPECT_TRUE(Next().paths.empty());
}

TEST_F(FolderWatcherTest, WaitsForPlacesThatDoNotExist) {
  Start();
  const std::string config = dir_ / "home/.config/dgmo";
  std::filesystem::create_directories(config);
  EXPECT_TRUE(Names(Next(), std::filesystem::canonical(config)));
  std::ofstream(config + "/config.json") << "{}";
  EXPECT_TRUE(Names(Next(), std::string(std::filesystem::canonical(config)) + "/config.json"));
}

TEST_F(FolderWatcherTest, FollowsNoLink) {
  Start();
  std::filesystem::create_directories(dir_ / "outside");
  std::filesystem::create_directory_symlink(dir_ / "outside", Root() + "/storage/session/message/ses_link");
  EXPECT_TRUE(Names(Next(), Root() + "/storage/session/message/ses_link"));
  std::ofstream(dir_ / "outside/a.json") << "{}";
  EXPECT_TRUE(Next().paths.empty());
}

TEST_F(FolderWatcherTest, AStormOfRenamesIsOneBatch) {
  Start();
  const std::string a = Root() + "/storage/session/info/a.json";
  for (int i = 0; i < 2'000; ++i) {
    std::ofstream(a + "1751966100000.tmp") << "{}";
    std::filesystem::rename(a + "1751966100000.tmp", a);
  }
  const ChangeBatch batch = Next();
  EXPECT_TRUE(Names(batch, a));
  EXPECT_EQ(batch.paths.size(), 2U);
  EXPECT_EQ(batch.dropped, 0);
}

TEST_F(FolderWatcherTest, LooksAtEverythingWhenTheKernelLostEvents) {
  auto stingy = std::make_unique<StingySource>(1'000);
  StingySource* source = stingy.get();
  Start({}, std::move(stingy));
  const std::size_t watched = watcher_->watched();
  const std::string session = store_.AddConversation("New");
  source->LoseWhatWaits();
  EXPECT_TRUE(Next().rescan);
  // The folder whose appearance was lost is watched too.
  EXPECT_EQ(watcher_->watched(), watched + 1);
  const std::string message = store_.AddAnswer(session, "More");
  EXPECT_TRUE(Names(Next(), Root() + "/" + store_.MessagePath(session, message)));
}

// As many as the kernel keeps for one who does not read.
TEST_F(FolderWatcherTest, SurvivesMoreEventsThanTheKernelKeeps) {
  int most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  if (most == 0 || most > 100'000) GTEST_SKIP() << "the kernel keeps " << most << " events";
  Start();
  const std::string a = Root() + "/storage/session/info/a.json";
  const std::string b = Root() + "/storage/session/info/b.json";
  std::ofstream(a) << "{}";
  // Two events each, and none that the kernel can merge with the one before.
  for (int i = 0; i < most; ++i) std::filesystem::rename(i % 2 == 0 ? a : b, i % 2 == 0 ? b : a);
  EXPECT_TRUE(Next().rescan);
  store_.AddSession("After");
  EXPECT_FALSE(Next().paths.empty());
}

TEST_F(FolderWatcherTest, PollsTheQuietestConversationsWhenWatchesRunOut) {
  WatchSettings settings;
  settings.most_watches = 10;
  Start(settings);
  EXPECT_EQ(watcher_->watched(), 10U);
  EXPECT_GT(watcher_->polled(), 0U);
  // All are told, whichever is watched; a polled one by its folder.
  for (const auto& entry : std::filesystem::directory_iterator(Root() + "/storage/session/message")) {
    std::ofstream(entry.path() / "more.json") << "{}";
    const ChangeBatch batch = Next();
    EXPECT_TRUE(Names(batch, entry.path()) || Names(batch, entry.path() / "more.json")) << entry.path();
    EXPECT_EQ(watcher_->watched(), 10U);
  }
}

TEST_F(FolderWatcherTest, PollsWhatTheKernelRefusesToWatch) {
  Start({}, std::make_unique<StingySource>(2));
  EXPECT_EQ(watcher_->watched(), 2U);
  const std::string session = store_.AddConversation("New");
  const ChangeBatch batch = Next();
  EXPECT_TRUE(Names(batch, Root() + "/storage/session/info") || Names(batch, Root() + "/" + store_.InfoPath(session)));
  EXPECT_TRUE(Names(batch, Root() + "/" + store_.ConversationPath(session)));
}

TEST_F(FolderWatcherTest, PollingTellsFoldersAndWhatIsNewInThem) {
  StartPolling();
  EXPECT_TRUE(Next().paths.empty());
  const std::string session = store_.AddConversation("New");
  ChangeBatch batch = Next();
  EXPECT_TRUE(Names(batch, Root() + "/storage/session/info"));
  EXPECT_TRUE(Names(batch, Root() + "/" + store_.ConversationPath(session)));
  store_.AddAnswer(session, "More");
  EXPECT_TRUE(Names(Next(), Root() + "/" + store_.ConversationPath(session)));
  std::filesystem::remove_all(Root() + "/" + store_.ConversationPath(session));
  EXPECT_TRUE(Names(Next(), Root() + "/" + store_.ConversationPath(session)));
}

TEST_F(FolderWatcherTest, PollingTellsAConfigurationThatIsRewrittenInPlace) {
  const std::string config = dir_ / "home/.config/dgmo/config.json";
  dir_.Write("home/.config/dgmo/config.json", "{}");
  StartPolling();
  std::ofstream(config) << "{\"a\":1}";
  EXPECT_TRUE(Names(Next(), std::filesystem::canonical(dir_ / "home/.config/dgmo")));
}

TEST_F(FolderWatcherTest, PollingFollowsARootThatIsRemovedAndMadeAgain) {
  StartPolling();
  std::filesystem::remove_all(Root());
  EXPECT_TRUE(Names(Next(), Root()));
  const StoreWriter again = StoreWriter::Program(dir_ / "home");
  EXPECT_TRUE(Names(Next(), again.AsRoot().path));
}

TEST_F(FolderWatcherTest, PollingLooksAtRecentConversationsEveryTimeAndAtOthersInTurn) {
  for (int i = 0; i < 40; ++i) store_.AddConversation("More");
  WatchSettings settings;
  settings.poll_everything = true;
  settings.most_recent = 5;
  settings.polls_at_a_time = 10;
  Start(settings, nullptr);
  std::size_t told = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Root() + "/storage/session/message")) {
    std::ofstream(entry.path() / "more.json") << "{}";
  }
  const std::size_t all = static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(Root() + "/storage/session/message"), {}));
  std::size_t rounds = 0;
  std::set<std::string> seen;
  while (seen.size() < all && rounds < 20) {
    for (const std::string& path : Next().paths) seen.insert(path);
    if (++rounds == 1) told = seen.size();
  }
  EXPECT_LT(told, all);
  EXPECT_EQ(seen.size(), all);
}

}  // namespace
}  // namespace fleet::agent
