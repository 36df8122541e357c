#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

class SessionRecovery : public ::testing::Test {
 protected:
  // A main session whose first message is the given text, its info lost.
  std::string Lose(const std::string& text) {
    const std::string id = store_.AddSession("Lost title");
    created_ = store_.now_ms();
    store_.AddQuestion(id, text);
    store_.AddAnswer(id, "Done.");
    store_.Remove(store_.InfoPath(id));
    return id;
  }
  std::string Info(const std::string& id, const std::string& title_json) const {
    return "{\"id\":\"" + id + "\",\"version\":\"0.2.3\",\"title\":" + title_json +
           ",\"time\":{\"created\":" + std::to_string(created_) +
           ",\"updated\":" + std::to_string(store_.now_ms() + 500) + "}}";
  }
  void ExpectInfo(const std::string& id, const std::string& title_json) {
    const Planned planned = PlanAll(store_);
    EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{store_.InfoPath(id), Info(id, title_json)}}));
    EXPECT_THAT(planned.notes, ::testing::ElementsAre(::testing::HasSubstr("reconstructed from 2 messages")));
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }

  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string neighbour_ = store_.AddConversation("Neighbour");
  std::int64_t created_ = 0;
};

TEST_F(SessionRecovery, RebuildsAMainSessionFromItsMessages) {
  ExpectInfo(Lose("Round half-even"), "\"Round half-even\"");
}

TEST_F(SessionRecovery, CutsTheTitleAtSixtyCharactersNotInsideOne) {
  const std::string emoji = "\xF0\x9F\x9A\x80";
  const std::string fifty_nine(59, 'x');
  ExpectInfo(Lose(fifty_nine + emoji + "tail"), "\"" + fifty_nine + emoji + "\"");
}

TEST_F(SessionRecovery, KeepsALoneSurrogateOfTheFirstText) {
  const std::string id = Lose("PLACE");
  std::string path;
  for (const auto& entry : std::filesystem::directory_iterator(store_.path() + "/" + store_.ConversationPath(id))) {
    path = store_.ConversationPath(id) + "/" + entry.path().filename().string();
    std::string bytes = store_.Read(path);
    if (bytes.find("PLACE") != std::string::npos)
      store_.Write(path, bytes.replace(bytes.find("PLACE"), 5, "a\\uD83Db"));
  }
  ExpectInfo(id, "\"a\\ud83db\"");
}

TEST_F(SessionRecovery, NamesASessionWithoutUserTextByItsTime) {
  const std::string id = store_.AddSession("Lost");
  created_ = store_.now_ms();
  store_.AddAnswer(id, "Done.");
  store_.AddAnswer(id, "Done again.");
  store_.Remove(store_.InfoPath(id));
  ExpectInfo(id, "\"Recovered session - 2025-07-08T09:15:04.000Z\"");
}

TEST_F(SessionRecovery, TakesTheVersionMostNeighboursHave) {
  for (const char* version : {"0.2.4", "0.2.4"}) {
    const std::string id = store_.AddConversation("More");
    std::string info = store_.Read(store_.InfoPath(id));
    store_.Write(store_.InfoPath(id), info.replace(info.find("0.2.3"), 5, version));
  }
  const std::string id = Lose("Text");
  EXPECT_THAT(PlanAll(store_).written.at(store_.InfoPath(id)), ::testing::HasSubstr("\"version\":\"0.2.4\""));
}

TEST_F(SessionRecovery, SaysRecoveredWhenThereIsNoNeighbour) {
  const std::string id = Lose("Text");
  store_.Remove(store_.InfoPath(neighbour_));
  store_.Remove(store_.ConversationPath(neighbour_));
  EXPECT_THAT(PlanAll(store_).written.at(store_.InfoPath(id)), ::testing::HasSubstr("\"version\":\"recovered\""));
}

TEST_F(SessionRecovery, GivesAChildTheParentOfItsRecordAndLeavesUpdatedAtCreated) {
  const std::string child = store_.AddAgent(neighbour_, "Audit");
  const nlohmann::json before = nlohmann::json::parse(store_.Read(store_.InfoPath(child)));
  store_.Remove(store_.InfoPath(child));
  const Planned planned = PlanAll(store_);
  ASSERT_EQ(planned.written.count(store_.InfoPath(child)), 1U);
  const nlohmann::json after = nlohmann::json::parse(planned.written.at(store_.InfoPath(child)));
  EXPECT_EQ(after["parentID"], neighbour_);
  EXPECT_EQ(after["time"], before["time"]);
  EXPECT_EQ(after["title"], "Please look at: Audit");
  EXPECT_TRUE(planned.left.empty());
}

TEST_F(SessionRecovery, GivesAChildTheParentOfTheIndexWhenItsRecordIsGone) {
  const std::string child = store_.AddAgent(neighbour_, "Audit");
  store_.Remove(store_.InfoPath(child));
  store_.Remove(store_.RecordPath(child));
  const Planned planned = PlanAll(store_);
  EXPECT_THAT(planned.written.at(store_.InfoPath(child)), ::testing::HasSubstr("\"parentID\":\"" + neighbour_));
  EXPECT_EQ(planned.written.count(store_.RecordPath(child)), 1U) << "the record is synthesised from it";
  EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
}

TEST_F(SessionRecovery, RefusesAChildWhoseParentsDisagree) {
  const std::string other = store_.AddConversation("Other");
  const std::string child = store_.AddAgent(neighbour_, "Audit");
  store_.WriteIndex(other, {child});
  store_.Remove(store_.InfoPath(child));
  const Planned planned = PlanAll(store_, {"R-SESSION-RECOVER"});
  EXPECT_TRUE(planned.Empty());
  for (const std::string& refusal : planned.refusals) EXPECT_EQ(refusal, "R-SESSION-RECOVER conflicting_parents");
  EXPECT_FALSE(planned.refusals.empty());
}

TEST_F(SessionRecovery, RefusesAParentThatLeftNothing) {
  const std::string parent = store_.AddConversation("Parent");
  store_.AddAgent(parent, "Audit");
  store_.Remove(store_.InfoPath(parent));
  store_.Remove(store_.ConversationPath(parent));
  const Planned planned = PlanAll(store_);
  EXPECT_TRUE(planned.Empty());
  for (const std::string& refusal : planned.refusals) EXPECT_EQ(refusal, "R-SESSION-RECOVER no_source");
  EXPECT_FALSE(planned.refusals.empty());
}

TEST_F(SessionRecovery, RefusesAConversationOfDamagedMessagesOnly) {
  const std::string id = store_.NextId("ses");
  store_.Write(store_.MessagePath(id, store_.NextId("msg")), "{");
  EXPECT_EQ(PlanAll(store_, {"R-SESSION-RECOVER"}).refusals, (std::vector<std::string>{"R-SESSION-RECOVER no_source"}));
}

TEST_F(SessionRecovery, RefusesWhatDoesNotBeginLikeASession) {
  store_.AddQuestion("notes", "Hello");
  EXPECT_EQ(PlanAll(store_).refusals, (std::vector<std::string>{"R-SESSION-RECOVER malformed_id"}));
}

TEST_F(SessionRecovery, DecodesTheTimeOfTheEpochItsMessagesLieIn) {
  // 2026-08-15: the time in the id has begun anew the day before.
  store_.Advance(1'786'775'445'900 - store_.now_ms());
  const std::string id = Lose("After the id wrap");
  ExpectInfo(id, "\"After the id wrap\"");
  EXPECT_GT(created_, 1'786'706'395'136);
}

TEST(GuideSessionRecovery, PutsAnInfoWhereItsNeighboursHaveTheirs) {
  for (const bool flat : {true, false}) {
    TempDir dir;
    StoreWriter store = StoreWriter::Guide(dir.path(), "payments", flat);
    store.AddConversation("Neighbour");
    const std::string id = store.AddConversation("Lost");
    store.Remove(store.InfoPath(id));
    const Planned planned = PlanAll(store);
    EXPECT_EQ(planned.written.count(store.InfoPath(id)), 1U) << (flat ? "flat" : "directory");
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }
}

TEST(GuideSessionRecovery, PutsAnInfoBesideItsMessagesWhenThereIsNoNeighbour) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path(), "payments", false);
  const std::string id = store.AddConversation("Lost");
  store.Remove(store.InfoPath(id));
  EXPECT_EQ(PlanAll(store).written.count("sessions/" + id + "/session.json"), 1U);
}

}  // namespace
}  // namespace fleet::agent
