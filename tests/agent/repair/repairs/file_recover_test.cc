#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

class FileRecovery : public ::testing::Test {
 protected:
  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string session_ = store_.AddConversation("Refactor invoice rounding");
  std::string child_ = store_.AddAgent(session_, "Audit rounding calls");
  std::string message_ = store_.AddAnswer(session_, "An answer");
  std::string message_path_ = store_.MessagePath(session_, message_);

  std::string Share() const { return "storage/session/share/" + session_ + ".json"; }

  void ExpectWritten(const std::string& path, const std::string& bytes) {
    Planned planned = PlanAll(store_);
    // The session's info says nothing of the share that some tests make.
    std::erase_if(planned.left, [](const Finding& finding) { return finding.code == "SHARE_MISMATCH"; });
    EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{path, bytes}}));
    EXPECT_TRUE(planned.quarantined.empty());
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }
  void ExpectLost(const std::string& path) {
    const Planned planned = PlanAll(store_);
    EXPECT_TRUE(planned.written.empty()) << planned.written.begin()->first;
    EXPECT_EQ(planned.quarantined, (std::set<std::string>{path}));
    EXPECT_THAT(planned.notes, ::testing::ElementsAre(::testing::StartsWith("permanent loss: ")));
  }
};

TEST_F(FileRecovery, TrimsNulBytesAndBlanksFromTheEndOfAnyDocument) {
  const std::string tail("\0\0\0 \n\0", 6);
  store_.Write(Share(), R"({"secret":"s","url":"https://dgmo.ai/s/x"})");
  for (const std::string& path : {store_.InfoPath(session_), message_path_, store_.RecordPath(child_), Share()}) {
    const std::string bytes = store_.Read(path);
    store_.Write(path, bytes + tail);
    ExpectWritten(path, bytes);
    store_.Write(path, bytes);
  }
}

TEST_F(FileRecovery, NeverTrimsAnythingElse) {
  store_.Write(message_path_, store_.Read(message_path_) + "x" + std::string(3, '\0'));
  ExpectLost(message_path_);
}

TEST_F(FileRecovery, NeverTrimsToADocumentOfAnotherId) {
  store_.Write(message_path_, store_.AnswerText(session_, "msg_other", "x") + std::string(3, '\0'));
  ExpectLost(message_path_);
}

TEST_F(FileRecovery, NeverClosesBrackets) {
  const std::string bytes = store_.Read(message_path_);
  store_.Write(message_path_, bytes.substr(0, bytes.size() - 1));
  ExpectLost(message_path_);
}

TEST_F(FileRecovery, RebuildsAnInfoInItsPlace) {
  for (const std::string& damage :
       {std::string(), std::string(120, '\0'), std::string("{\"id\":\"ses"), std::string("null")}) {
    store_.Write(store_.InfoPath(session_), damage);
    const Planned planned = PlanAll(store_);
    ASSERT_EQ(planned.written.count(store_.InfoPath(session_)), 1U) << damage;
    EXPECT_THAT(planned.written.at(store_.InfoPath(session_)),
                ::testing::HasSubstr("\"title\":\"Please look at: Refactor invoice rounding\""));
    EXPECT_THAT(planned.notes, ::testing::ElementsAre(::testing::HasSubstr("reconstructed")));
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }
}

TEST_F(FileRecovery, RebuildsTheInfoOfAChildWithItsParentFromATrimmedRecord) {
  const std::string record = store_.Read(store_.RecordPath(child_));
  store_.Write(store_.InfoPath(child_), "");
  store_.Write(store_.RecordPath(child_), record + std::string(2, '\0'));
  store_.Remove(store_.IndexPath(session_));
  const Planned planned = PlanAll(store_);
  EXPECT_THAT(planned.written.at(store_.InfoPath(child_)), ::testing::HasSubstr("\"parentID\":\"" + session_));
  EXPECT_EQ(planned.written.at(store_.RecordPath(child_)), record);
  EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
}

TEST_F(FileRecovery, LosesAnInfoThatNothingElseKnows) {
  const std::string fresh = store_.AddSession("New Session - 2025-07-08T10:02:11.480Z");
  store_.Write(store_.InfoPath(fresh), "");
  ExpectLost(store_.InfoPath(fresh));
}

TEST_F(FileRecovery, RebuildsARecordFromItsSession) {
  store_.Write(store_.RecordPath(child_), "{\"id\":");
  const Planned planned = PlanAll(store_);
  ASSERT_EQ(planned.written.size(), 1U);
  EXPECT_THAT(planned.written.at(store_.RecordPath(child_)), ::testing::HasSubstr("\"status\":\"completed\""));
  EXPECT_TRUE(planned.left.empty());
}

TEST_F(FileRecovery, LosesARecordWhoseSessionIsGone) {
  store_.Remove(store_.InfoPath(child_));
  store_.Remove(store_.ConversationPath(child_));
  store_.Remove(store_.IndexPath(session_));
  store_.Write(store_.RecordPath(child_), "");
  ExpectLost(store_.RecordPath(child_));
}

TEST_F(FileRecovery, TakesCompleteLitterFirst) {
  const std::string bytes = store_.Read(message_path_);
  const std::string litter = message_path_ + std::to_string(store_.now_ms()) + ".tmp";
  store_.Write(litter, bytes);
  store_.Write(message_path_, "");
  const Planned planned = PlanAll(store_, {"R-FILE-RECOVER"});
  EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{message_path_, bytes}}));
  EXPECT_EQ(planned.quarantined, (std::set<std::string>{litter}));
}

TEST_F(FileRecovery, WritesTheAppFileAsDgmoDoes) {
  for (const char* damage : {"", "null", "{\"initialized\":"}) {
    store_.Write("app.json", damage);
    ExpectWritten("app.json", "{}");
  }
}

TEST_F(FileRecovery, QuarantinesDamagedSharesAndReports) {
  store_.Write(Share(), "");
  ExpectLost(Share());
  store_.Remove(Share());
  store_.Write("storage/session/performance/" + session_ + ".json", "[");
  ExpectLost("storage/session/performance/" + session_ + ".json");
}

TEST_F(FileRecovery, HasNothingToDoForAHealthyFile) {
  Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
  Finding finding;
  finding.path = store_.AsRoot().path + "/storage/session/info/" + session_ + ".json";
  const Answer answer = planner.Ask("R-FILE-RECOVER", finding);
  ASSERT_TRUE(std::holds_alternative<Cure>(answer)) << "what is not damaged needs nothing";
  EXPECT_TRUE(std::get<Cure>(answer).changes.empty());
}

TEST_F(FileRecovery, RefusesADocumentThatIsTooLargeToRead) {
  std::filesystem::resize_file(store_.path() + "/" + message_path_, 200LL * 1024 * 1024);
  Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
  Finding finding;
  finding.path = store_.AsRoot().path + "/" + message_path_;
  const Answer answer = planner.Ask("R-FILE-RECOVER", finding);
  ASSERT_TRUE(std::holds_alternative<Refusal>(answer));
  EXPECT_EQ(std::get<Refusal>(answer).reason, "too_large");
}

}  // namespace
}  // namespace fleet::agent
