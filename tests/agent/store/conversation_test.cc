// What the model keeps of messages, which it otherwise only counts, and that forgetting takes it back.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/store/model.h"
#include "agent/store/session_id.h"

namespace fleet::agent {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kCreatedMs = 1'751'966'106'117;
constexpr std::int64_t kWrapMs = 26 * kIdEpochMs;  // 2026-08-14T11:19:55.136Z

class Conversations : public ::testing::Test {
 protected:
  static std::string IdAt(std::int64_t ms) { return MakeId("msg", ms, 1, "abcdefghijklmn"); }
  static std::string PathOf(const std::string& id) { return "storage/session/message/ses_a/" + id + ".json"; }

  // An answer as dgmo writes it.
  static Json Answer(const std::string& id, std::int64_t created_ms) {
    return {{"id", id},
            {"role", "assistant"},
            {"parts", Json::array()},
            {"metadata",
             {{"time", {{"created", created_ms}, {"completed", created_ms + 500}}},
              {"assistant", Json::object()},
              {"sessionID", "ses_a"},
              {"tool", Json::object()}}}};
  }

  void Put(const std::string& id, const Json& message) {
    FileStat stat;
    stat.size = 100;
    stat.mtime_ns = kCreatedMs * 1'000'000;
    Ingest(model_, PathOf(id), stat, PaddedText(message.dump()), parser_);
  }
  std::string PutAnswer(std::int64_t created_ms) {
    std::string id = IdAt(created_ms);
    Put(id, Answer(id, created_ms));
    return id;
  }
  const Conversation& conversation() { return model_.conversations.at("ses_a"); }

  RootModel model_;
  DocumentParser parser_;
};

TEST_F(Conversations, NoteOnlyMessagesThatARuleSpeaksOf) {
  Json question = Answer(IdAt(kCreatedMs), kCreatedMs);
  question["role"] = "user";
  question["metadata"].erase("assistant");
  question["metadata"]["time"].erase("completed");
  Put(IdAt(kCreatedMs), question);
  for (int i = 1; i <= 100; ++i) PutAnswer(kCreatedMs + i);
  EXPECT_TRUE(conversation().noted.empty());
  EXPECT_EQ(conversation().messages, 101);
}

TEST_F(Conversations, NoteWhatIsWrongWithAMessageUntilItIsForgotten) {
  PutAnswer(kCreatedMs - 1);
  const std::string id = IdAt(kCreatedMs);
  std::map<std::string, Json> broken;
  for (const char* fault : {"id", "session", "incomplete", "call", "role"}) broken[fault] = Answer(id, kCreatedMs);
  broken["id"]["id"] = "msg_other";
  broken["session"]["metadata"]["sessionID"] = "ses_b";
  broken["incomplete"]["metadata"]["time"].erase("completed");
  broken["call"]["parts"].push_back({{"type", "tool-invocation"}, {"toolInvocation", {{"state", "call"}}}});
  broken["role"]["metadata"].erase("assistant");
  for (const auto& [fault, message] : broken) {
    Put(id, message);
    ASSERT_EQ(conversation().noted.size(), 1U) << fault;
    const NotedMessage& noted = conversation().noted.at(PathOf(id));
    EXPECT_EQ(noted.id, fault == "id" ? "msg_other" : "");
    EXPECT_EQ(noted.session, fault == "session" ? "ses_b" : "");
    EXPECT_EQ(noted.completed, fault != "incomplete");
    EXPECT_EQ(noted.unresolved, fault == "call" ? 1 : 0);
    EXPECT_EQ(noted.has_assistant_section, fault != "role");
    EXPECT_EQ(noted.created_ms, kCreatedMs);
    EXPECT_EQ(noted.stat.mtime_ms(), kCreatedMs);
    Forget(model_, PathOf(id));
    EXPECT_TRUE(conversation().noted.empty()) << fault;
  }
}

TEST_F(Conversations, KnowTheLastMessageByItsTimeNotByItsId) {
  const std::string last = PutAnswer(kWrapMs + 5'000);  // its id sorts before the other
  Json failed = Answer(IdAt(kWrapMs - 5'000), kWrapMs - 5'000);
  failed["metadata"]["error"] = {{"name", "UnknownError"}};
  Put(IdAt(kWrapMs - 5'000), failed);
  EXPECT_EQ(conversation().last.id, last);
  EXPECT_FALSE(conversation().last.has_error);
}

TEST_F(Conversations, DoNotGuessTheLastMessageOnceItIsForgotten) {
  PutAnswer(kCreatedMs);
  const std::string last = IdAt(kCreatedMs + 10);
  Json failed = Answer(last, kCreatedMs + 10);
  failed["metadata"]["error"] = {{"name", "UnknownError"}};
  Put(last, failed);
  EXPECT_TRUE(conversation().last.has_error);
  Forget(model_, PathOf(last));
  EXPECT_FALSE(conversation().last.has_error);
  PutAnswer(kCreatedMs + 5);
  EXPECT_EQ(conversation().last.id, "") << "one between the two may be the last now, or not";
  Put(last, failed);
  EXPECT_EQ(conversation().last.id, last);
  EXPECT_TRUE(conversation().last.has_error);
}

TEST_F(Conversations, ReadTheTimesInIdsInTheEpochOfTheMessage) {
  PutAnswer(kWrapMs - 1);
  EXPECT_EQ(conversation().first_id_ms, kWrapMs - 1);
  EXPECT_EQ(conversation().last_id_ms, kWrapMs - 1);
  PutAnswer(kWrapMs);
  EXPECT_EQ(conversation().first_id_ms, kWrapMs - 1);
  EXPECT_EQ(conversation().last_id_ms, kWrapMs);
}

TEST_F(Conversations, TellNoEpochFromATimeThatCannotBe) {
  PutAnswer(kCreatedMs);
  for (const std::int64_t nonsense : {std::int64_t{0}, kCreatedMs / 1000, std::int64_t{9'000'000'000'000'000}}) {
    const std::string id = IdAt(kCreatedMs + 1 + nonsense % 1000);
    Put(id, Answer(id, nonsense));
  }
  Put("msg_hand_made", Answer("msg_hand_made", kCreatedMs));
  EXPECT_EQ(conversation().first_id_ms, kCreatedMs);
  EXPECT_EQ(conversation().last_id_ms, kCreatedMs);
}

TEST_F(Conversations, StartAnewWhenTheirLastMessageIsForgotten) {
  const std::string id = PutAnswer(kWrapMs - 1);
  Put("msg_damaged", Json("not a message"));
  Forget(model_, PathOf(id));
  EXPECT_EQ(conversation().messages, 0);
  EXPECT_EQ(conversation().damaged, 1);
  EXPECT_EQ(conversation().path, "storage/session/message/ses_a");
  EXPECT_EQ(conversation().bytes, 0);
  PutAnswer(kWrapMs);
  EXPECT_EQ(conversation().first_id_ms, kWrapMs) << "one epoch only";
  EXPECT_EQ(conversation().oldest_ms, kWrapMs);
}

}  // namespace
}  // namespace fleet::agent
