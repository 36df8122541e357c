#include "agent/watch/root_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <functional>
#include <random>

#include "tests/agent/watch/describe.h"
#include "tests/support/fake_clock.h"
#include "tests/support/file_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::hours kLater{24};

class RootTrackerTest : public testing::Test {
 protected:
  RootTrackerTest() { Use(StoreWriter::Program(dir_ / "home")); }
  void Use(StoreWriter store) {
    store_ = std::make_unique<StoreWriter>(std::move(store));
    AddBreakableSessions(*store_);
    model_ = {};
    model_.root = store_->AsRoot();
    ASSERT_TRUE(tracker_.Read(model_).ok());
  }
  // Time enough for everything to be long past.
  void Settle() {
    clock_.Advance(kLater);
    ASSERT_TRUE(tracker_.Sweep(model_, true).ok());
    clock_.Advance(seconds(2));  // conversations have rested
    AwaitFileClock(dir_.path(), 20'000'000);
  }
  std::int64_t FilesRead(const std::function<void()>& action) {
    const std::int64_t before = model_.stats.files;
    action();
    return model_.stats.files - before;
  }
  void Sweep(bool every_file = false) { ASSERT_TRUE(tracker_.Sweep(model_, every_file).ok()); }
  void ExpectLikeAScan(const std::string& after = "") {
    const absl::StatusOr<RootModel> scanned = ScanRoot(model_.root);
    ASSERT_TRUE(scanned.ok());
    EXPECT_EQ(Describe(model_), Describe(*scanned)) << after;
  }
  // As a new file: what is written in place shows in no folder.
  void Replace(const std::string& path, const std::string& text) {
    store_->Remove(path);
    store_->Write(path, text);
  }
  std::string AnySession() const { return model_.conversations.begin()->first; }

  const TempDir dir_;
  FakeClock clock_{ToMillis(SystemClock().Now())};
  std::unique_ptr<StoreWriter> store_;
  RootTracker tracker_{clock_};
  RootModel model_;
};

TEST_F(RootTrackerTest, ReadsWhatAScanReads) { ExpectLikeAScan(); }

TEST_F(RootTrackerTest, ASweepOfAQuietStoreReadsNothing) {
  Settle();
  EXPECT_EQ(FilesRead([&] { Sweep(); }), 0);
  EXPECT_EQ(FilesRead([&] { Sweep(true); }), 0);
}

TEST_F(RootTrackerTest, WhatWasReadTheMomentItChangedIsReadAgain) {
  // The file system's clock may be too coarse to show a change right after.
  EXPECT_GT(FilesRead([&] { Sweep(); }), 0);
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, ASweepReadsOnlyWhatIsNew) {
  Settle();
  const std::string child = store_->AddAgent(AnySession(), "Look once more");
  // Its info, its record, the index, and its two messages.
  EXPECT_EQ(FilesRead([&] { Sweep(); }), 5);
  EXPECT_TRUE(model_.records.contains(child));
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, ASweepNoticesWhatIsGone) {
  Settle();
  const std::string session = AnySession();
  store_->Remove(store_->InfoPath(session));
  store_->Remove(store_->ConversationPath(session));
  store_->Remove(store_->IndexPath(session));
  EXPECT_EQ(FilesRead([&] { Sweep(); }), 0);
  EXPECT_FALSE(model_.sessions.contains(session));
  EXPECT_FALSE(model_.conversations.contains(session));
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, ChangesInsideFilesShowWhenEveryFileIsLookedAt) {
  Settle();
  const std::string info = store_->path() + "/" + store_->InfoPath(AnySession());
  std::filesystem::resize_file(info, 5);  // no folder changes by this
  Sweep();
  EXPECT_TRUE(model_.damaged.empty());
  clock_.Advance(kLater);
  Sweep(true);
  EXPECT_EQ(model_.damaged.size(), 1U);
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, ADamagedMessageShowsWhenEveryFileIsLookedAt) {
  Settle();
  const std::string session = AnySession();
  const std::string message =
      std::filesystem::directory_iterator(store_->path() + "/" + store_->ConversationPath(session))->path();
  std::filesystem::resize_file(message, 5);
  Sweep(true);
  EXPECT_EQ(model_.conversations.at(session).damaged, 1);
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, WhatIsMendedInPlaceIsNoticedByTheNextSweep) {
  const std::string path = store_->InfoPath(AnySession());
  const std::string text = store_->Read(path);
  std::filesystem::resize_file(store_->path() + "/" + path, 5);
  Settle();
  ASSERT_EQ(model_.damaged.size(), 1U);
  store_->Write(path, text);
  Sweep();
  EXPECT_TRUE(model_.damaged.empty());
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, ARefreshReadsTheFileThatIsNamed) {
  Settle();
  const std::string path = store_->InfoPath(AnySession());
  std::filesystem::resize_file(store_->path() + "/" + path, 5);
  EXPECT_EQ(FilesRead([&] { tracker_.Refresh(model_, {path}); }), 1);
  EXPECT_TRUE(model_.damaged.contains(path));
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, ARefreshReadsAConversationAsOne) {
  Settle();
  const std::string session = AnySession();
  const std::string message = store_->AddAnswer(session, "Once more.");
  const std::int64_t messages = model_.conversations.at(session).messages;
  EXPECT_EQ(FilesRead([&] { tracker_.Refresh(model_, {store_->MessagePath(session, message)}); }), messages + 1);
  EXPECT_EQ(model_.conversations.at(session).messages, messages + 1);
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, AConversationThatIsHammeredIsReadOnceASecond) {
  Settle();
  clock_.Advance(seconds(2));
  const std::string session = AnySession();
  const std::string path = store_->MessagePath(session, store_->AddAnswer(session, "1"));
  tracker_.Refresh(model_, {path});
  const std::int64_t messages = model_.conversations.at(session).messages;
  store_->AddAnswer(session, "2");
  EXPECT_EQ(FilesRead([&] { tracker_.Refresh(model_, {path}); }), 0);
  EXPECT_EQ(model_.conversations.at(session).messages, messages);
  ASSERT_TRUE(tracker_.due());
  clock_.Advance(std::chrono::ceil<std::chrono::microseconds>(*tracker_.due() - clock_.Mono()));
  tracker_.Refresh(model_, {});
  EXPECT_EQ(model_.conversations.at(session).messages, messages + 1);
  EXPECT_FALSE(tracker_.due());
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, TellsTheMessagesThatWereWritten) {
  Settle();
  tracker_.FollowMessages();
  const std::string session = AnySession();
  tracker_.Refresh(model_, {store_->ConversationPath(session)});
  tracker_.TakeWritten();
  clock_.Advance(seconds(2));
  const std::string message = store_->AddAnswer(session, "Once more.");
  tracker_.Refresh(model_, {store_->MessagePath(session, message)});
  const std::vector<WrittenMessage> written = tracker_.TakeWritten();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].session, session);
  EXPECT_EQ(written[0].path, store_->MessagePath(session, message));
  EXPECT_EQ(written[0].bytes, static_cast<std::int64_t>(store_->Read(written[0].path).size()));
}

TEST_F(RootTrackerTest, ReadsANewFolderWithAllThatIsInIt) {
  Settle();
  const std::string session = store_->AddConversation("New");
  tracker_.Refresh(model_, {store_->ConversationPath(session), store_->InfoPath(session)});
  EXPECT_EQ(model_.conversations.at(session).messages, 2);
  ExpectLikeAScan();
  store_->Write("storage/session/checkpoint/ses_x/odd.txt", "?");
  tracker_.Refresh(model_, {"storage/session/checkpoint/ses_x/odd.txt"});
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, FollowsFoldersThatAreReplaced) {
  Settle();
  const std::string info = store_->path() + "/storage/session/info";
  std::filesystem::rename(info, dir_ / "aside");
  tracker_.Refresh(model_, {"storage/session/info"});
  EXPECT_TRUE(model_.sessions.empty());
  ExpectLikeAScan("moved away");
  std::filesystem::create_directory(info);
  tracker_.Refresh(model_, {"storage/session/info"});
  ExpectLikeAScan("made anew");
  std::filesystem::remove(info);
  std::filesystem::rename(dir_ / "aside", info);
  tracker_.Refresh(model_, {"storage/session/info"});
  ExpectLikeAScan("back again");
  std::filesystem::rename(store_->path() + "/storage", dir_ / "storage");
  tracker_.Refresh(model_, {"storage"});
  ExpectLikeAScan("everything away");
  std::filesystem::rename(dir_ / "storage", store_->path() + "/storage");
  tracker_.Refresh(model_, {"storage"});
  ExpectLikeAScan("everything back");
}

TEST_F(RootTrackerTest, ReadsARootThatWasReplacedFromTheBeginning) {
  Settle();
  std::filesystem::rename(store_->path(), dir_ / "aside");
  EXPECT_FALSE(tracker_.Sweep(model_, false).ok());
  EXPECT_FALSE(model_.sessions.empty());  // nobody knows
  std::filesystem::create_directories(store_->path() + "/storage/session/info");
  Sweep();
  EXPECT_TRUE(model_.sessions.empty());
  ExpectLikeAScan();
}

TEST_F(RootTrackerTest, SlicesReadEverythingOnceInARound) {
  Settle();
  const std::int64_t files = FilesRead([&] {
    for (int i = 0; i < 1000; ++i) tracker_.ReadSlice(model_, 1);
  });
  EXPECT_GT(files, 1000);
  ExpectLikeAScan();
  const std::int64_t all = ScanRoot(model_.root)->stats.bytes;
  EXPECT_EQ(FilesRead([&] { tracker_.ReadSlice(model_, all * 10); }), ScanRoot(model_.root)->stats.files);
}

// Any sequence of changes, told in any way, ends at what a scan reads.
TEST_F(RootTrackerTest, AnySequenceOfChangesEndsAtWhatAScanReads) {
  for (const bool guide : {false, true}) {
    for (const bool flat : {false, true}) {
      if (!guide && flat) continue;
      const std::string home = dir_ / ("random" + std::to_string(guide) + std::to_string(flat));
      Use(guide ? StoreWriter::Guide(home, "w", flat) : StoreWriter::Program(home));
      std::mt19937 random(guide ? 2 : 1);
      std::vector<std::string> sessions;
      for (const auto& [id, info] : model_.sessions) sessions.push_back(id);
      for (int step = 0; step < 200; ++step) {
        AwaitFileClock(dir_.path());
        const std::string session = sessions[random() % sessions.size()];
        std::string path;
        switch (random() % 9) {
          case 0: path = store_->MessagePath(session, store_->AddAnswer(session, "More.")); break;
          case 1: Replace(path = store_->InfoPath(session), "{\"id\":"); break;
          case 2: store_->Remove(path = store_->InfoPath(session)); break;
          case 3: store_->Remove(path = store_->ConversationPath(session)); break;
          case 4:
            store_->Remove(path = store_->IndexPath(session));
            store_->WriteIndex(session, {session});
            break;
          case 5: Replace(path = store_->InfoPath(session) + "1751966100000.tmp", "{}"); break;
          case 6: Replace(path = store_->ConversationPath(session) + "/nested/x.json", "{}"); break;
          case 7:
            sessions.push_back(store_->AddSession("New"));
            path = store_->InfoPath(sessions.back());
            break;
          case 8: Replace(path = store_->MessagePath(session, "msg_bad"), ""); break;
        }
        if (random() % 2 == 0) clock_.Advance(seconds(2));
        if (random() % 3 == 0) {
          Sweep(random() % 2 == 0);
        } else {
          tracker_.Refresh(model_, {path});
          clock_.Advance(seconds(2));
          tracker_.Refresh(model_, {});
        }
        ExpectLikeAScan("step " + std::to_string(step) + " " + path);
        if (HasFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace fleet::agent
