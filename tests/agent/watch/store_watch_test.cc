#include "agent/watch/store_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/store/find_roots.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

class StoreWatchTest : public testing::TestWithParam<bool> {
 protected:
  StoreWatchTest() : store_(GetParam() ? StoreWriter::Guide(dir_ / "home") : StoreWriter::Program(dir_ / "home")) {
    AddBreakableSessions(store_);
    dir_.Write("home/.config/dgmo/config.json", "{}");
    dir_.Write("home/.local/share/dgmo/log/2025-07-08T091502.log", "ERROR 2025-07-08T09:15:04 +3ms old\n");
    home_ = *HomeAt(dir_ / "home", false);
    watch_ = std::make_unique<StoreWatch>(clock_, std::vector<Target>{{home_, {}}}, CheckSettings());
    const auto started = watch_->Begin();
    EXPECT_TRUE(started.ok());
    EXPECT_EQ(started->size(), 1U);
    EXPECT_EQ(started->front().kind, "watch_started");
    Changes({});  // what is still unsettled
    clock_.Advance(std::chrono::seconds(5));
  }
  std::vector<StoreEvent> Changes(std::set<std::string> paths) {
    ChangeBatch batch;
    batch.paths = std::move(paths);
    return watch_->OnChanges(batch);
  }
  std::string Absolute(const std::string& path) const { return store_.AsRoot().path + "/" + path; }
  static const StoreEvent* Find(const std::vector<StoreEvent>& events, std::string_view kind) {
    const auto found = std::find_if(events.begin(), events.end(), [&](const StoreEvent& e) { return e.kind == kind; });
    return found == events.end() ? nullptr : &*found;
  }

  const TempDir dir_;
  StoreWriter store_;
  Home home_;
  FakeClock clock_{ToMillis(SystemClock().Now()) + 3'600'000};
  std::unique_ptr<StoreWatch> watch_;
};
INSTANTIATE_TEST_SUITE_P(Layouts, StoreWatchTest, testing::Bool(),
                         [](const auto& layout) { return layout.param ? "Guide" : "Program"; });

TEST_P(StoreWatchTest, TellsAnAgentThatIsStarted) {
  const std::string parent = store_.AddConversation("Main");
  Changes({Absolute(store_.InfoPath(parent)), Absolute(store_.ConversationPath(parent))});
  const std::string child = store_.AddAgent(parent, "Look");
  const std::vector<StoreEvent> events =
      Changes({Absolute(store_.InfoPath(child)), Absolute(store_.ConversationPath(child)),
               Absolute(store_.RecordPath(child)), Absolute(store_.IndexPath(parent))});
  const StoreEvent* session = Find(events, "session_created");
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->session_id, child);
  EXPECT_EQ(session->parent_id, parent);
  EXPECT_NE(Find(events, "subsession_created"), nullptr);
  EXPECT_NE(Find(events, "index_changed"), nullptr);
  const StoreEvent* message = Find(events, "message_written");
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->session_id, child);
  EXPECT_EQ(message->parent_id, parent);
  EXPECT_EQ(Find(events, "finding_opened"), nullptr);
}

TEST_P(StoreWatchTest, TellsADamagedFileAndItsCure) {
  const std::string session = store_.AddConversation("Main");
  const std::string path = store_.InfoPath(session);
  Changes({Absolute(path), Absolute(store_.ConversationPath(session))});
  const std::string text = store_.Read(path);
  store_.Write(path, "");
  const StoreEvent* opened = nullptr;
  const std::vector<StoreEvent> events = Changes({Absolute(path)});
  opened = Find(events, "finding_opened");
  ASSERT_NE(opened, nullptr);
  EXPECT_EQ(opened->facts.at("code"), EvidenceValue("SESSION_JSON_EMPTY"));
  store_.Write(path, text);
  EXPECT_NE(Find(Changes({Absolute(path)}), "finding_closed"), nullptr);
}

TEST_P(StoreWatchTest, TellsErrorsInLogsAndChangesOfTheConfiguration) {
  const std::string log = home_.data_home + "/dgmo/log/2025-07-08T091502.log";
  std::ofstream(log, std::ios::app)
      << "INFO  2025-07-08T09:15:05 +3ms fine\nERROR 2025-07-08T09:15:06 +3ms bad\nERROR 20";
  std::vector<StoreEvent> events = Changes({log});
  ASSERT_NE(Find(events, "log_error"), nullptr);
  EXPECT_EQ(Find(events, "log_error")->facts.at("count"), EvidenceValue(std::int64_t{1}));
  std::ofstream(log, std::ios::app) << "25-07-08T09:15:07 +1ms the rest of the line\n";
  EXPECT_NE(Find(Changes({log}), "log_error"), nullptr);
  EXPECT_EQ(Find(Changes({log}), "log_error"), nullptr);
  dir_.Write("home/.config/dgmo/config.json", "{\"theme\":\"dark\"}");
  events = Changes({home_.config_home + "/dgmo/config.json"});
  ASSERT_NE(Find(events, "config_changed"), nullptr);
  EXPECT_EQ(Find(events, "config_changed")->facts.at("change"), EvidenceValue("written"));
}

TEST_P(StoreWatchTest, TellsWhatNoEventToldWhenTheTimeComes) {
  const std::string session = store_.AddConversation("Quiet");
  EXPECT_NE(Find(watch_->OnTime(), "session_created"), nullptr);
  EXPECT_EQ(Find(watch_->OnTime(), "session_created"), nullptr);
}

TEST_P(StoreWatchTest, CountsWhatWasDroppedAndLooksAtEverything) {
  store_.AddConversation("Lost");
  ChangeBatch batch;
  batch.dropped = 7;
  batch.rescan = true;
  const std::vector<StoreEvent> events = watch_->OnChanges(batch);
  ASSERT_NE(Find(events, "events_dropped"), nullptr);
  EXPECT_EQ(Find(events, "events_dropped")->facts.at("count"), EvidenceValue(std::int64_t{7}));
  EXPECT_NE(Find(events, "session_created"), nullptr);
}

TEST(ErrorLines, AreThoseOfEveryLogDgmoWrites) {
  EXPECT_EQ(CountErrorLines("ERROR 2025-07-08T09:15:04 +3ms service=session error=x stream error\n"), 1);
  EXPECT_EQ(CountErrorLines("time=2025-07-08T17:15:04.120+08:00 level=ERROR msg=\"x\"\n"), 1);
  EXPECT_EQ(CountErrorLines("[x] FATAL: out of memory\nINFO  fine error=none\n"), 1);
  EXPECT_EQ(CountErrorLines("INFO  2025-07-08T09:15:04 +3ms NO_ERRORS here\n"), 0);
}

}  // namespace
}  // namespace fleet::agent
