#include "agent/cli/event_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace fleet::agent {
namespace {

StoreEvent Event(std::string_view kind, const std::string& session, const std::string& parent = "") {
  StoreEvent event;
  event.kind = kind;
  event.root = "/d/p";
  event.path = "/d/p/x.json";
  event.session_id = session;
  event.parent_id = parent;
  return event;
}

TEST(EventFilter, LetsEverythingPassUnlessToldOtherwise) {
  EXPECT_TRUE(Passes({}, Event("session_created", "ses_1")));
  EXPECT_TRUE(Passes({}, Event("qdrant_down", "")));
}

TEST(EventFilter, KnowsSessionsParentsAndKinds) {
  const EventFilter session{"ses_1", "", {}};
  EXPECT_TRUE(Passes(session, Event("message_written", "ses_1")));
  EXPECT_FALSE(Passes(session, Event("message_written", "ses_2", "ses_1")));
  EXPECT_FALSE(Passes(session, Event("qdrant_down", "")));
  EXPECT_TRUE(Passes(session, Event("watch_started", "")));
  const EventFilter parent{"", "ses_1", {}};
  EXPECT_TRUE(Passes(parent, Event("subsession_status_changed", "ses_2", "ses_1")));
  EXPECT_TRUE(Passes(parent, Event("index_changed", "ses_1")));
  EXPECT_FALSE(Passes(parent, Event("message_written", "ses_1")));
  const EventFilter kinds{"", "", {"qdrant_down"}};
  EXPECT_TRUE(Passes(kinds, Event("qdrant_down", "")));
  EXPECT_FALSE(Passes(kinds, Event("watch_started", "")));
}

TEST(EventText, NamesEverythingOnOneLine) {
  StoreEvent event = Event("subsession_status_changed", "ses_2", "ses_1");
  event.facts["old_status"] = "running";
  event.path = "/d/p/\033[2Jx\n.json";
  EXPECT_EQ(EventLine(event, 1'751'966'000'000, false),
            "2025-07-08T09:13:20.000Z  subsession_status_changed  ses_2  parent=ses_1  old_status=running  "
            "/d/p/\\x1b[2Jx\\x0a.json");
}

TEST(EventText, IsAJsonDocumentWithNumbersAsNumbers) {
  StoreEvent event = Event("message_written", "ses_2");
  event.facts["bytes"] = std::int64_t{12};
  const nlohmann::json json = nlohmann::json::parse(EventJson(event, 1'751'966'000'000));
  EXPECT_EQ(json.at("event"), "message_written");
  EXPECT_EQ(json.at("session_id"), "ses_2");
  EXPECT_EQ(json.at("bytes"), 12);
  EXPECT_FALSE(json.contains("parent_id"));
}

}  // namespace
}  // namespace fleet::agent
