#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

class RecordSynthesis : public ::testing::Test {
 protected:
  // A child without messages and record.
  std::string Child(const std::string& title = "") {
    std::string id = store_.AddSession(title, parent_);
    created_ = std::to_string(store_.now_ms());
    return id;
  }
  // An assistant message that ended as given; the rest as dgmo writes it.
  void Answer(const std::string& child, const std::string& text, const nlohmann::json& error, bool completed) {
    const std::string id = store_.NextId("msg");
    nlohmann::ordered_json message = nlohmann::ordered_json::parse(store_.AnswerText(child, id, text));
    if (!error.is_null()) message["metadata"]["error"] = error;
    if (!completed) message["metadata"]["time"].erase("completed");
    store_.Write(store_.MessagePath(child, id), message.dump());
  }
  std::string Record(const std::string& child, const std::string& name, const std::string& task,
                     const std::string& status, std::int64_t completed, const std::string& summary) const {
    return "{\"id\":\"" + child + "\",\"parentSessionId\":\"" + parent_ + "\",\"agentName\":\"" + name +
           "\",\"taskDescription\":\"" + task + "\",\"status\":\"" + status + "\",\"createdAt\":" + created_ +
           ",\"startedAt\":" + created_ + ",\"completedAt\":" + std::to_string(completed) + ",\"summary\":\"" +
           summary + "\"}";
  }
  void Expect(const std::string& child, const std::string& record) {
    Planned planned = PlanAll(store_, {"R-SUBSESSION-SYNTH", "R-INDEX"});
    // Some children are unfinished or of two epochs on purpose.
    std::erase_if(planned.left, [](const Finding& finding) {
      return finding.code == "MESSAGE_INCOMPLETE" || finding.code == "MESSAGE_ID_EPOCH_WRAP";
    });
    EXPECT_EQ(planned.written,
              (std::map<std::string, std::string>{{store_.RecordPath(child), record},
                                                  {store_.IndexPath(parent_), "[\"" + child + "\"]"}}));
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }

  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string parent_ = store_.AddConversation("Parent");
  std::string created_;
};

TEST_F(RecordSynthesis, TellsACompletedChildFromItsLastAnswer) {
  const std::string child = Child();
  store_.AddQuestion(child, "List every rounding call of this project");
  Answer(child, "Found 7 calls.", nullptr, true);
  Expect(child, Record(child, "List every rounding call of", "List every rounding call of this project", "completed",
                       store_.now_ms() + 500, "Found 7 calls."));
}

TEST_F(RecordSynthesis, TakesATitleOfItsOwnAsName) {
  const std::string child = Child("Audit rounding");
  store_.AddQuestion(child, "List");
  Answer(child, "Done", nullptr, true);
  Expect(child, Record(child, "Audit rounding", "List", "completed", store_.now_ms() + 500, "Done"));
}

TEST_F(RecordSynthesis, CutsTheSummaryAtTwoHundredUnitsEvenInsideACharacter) {
  const std::string child = Child();
  store_.AddQuestion(child, "List");
  Answer(child, std::string(199, 'x') + "\xF0\x9F\x9A\x80", nullptr, true);
  Expect(child,
         Record(child, "List", "List", "completed", store_.now_ms() + 500, std::string(199, 'x') + "\\ud83d..."));
}

TEST_F(RecordSynthesis, SaysNoOutputWhenTheAnswerHasNoText) {
  const std::string child = Child();
  store_.AddQuestion(child, "List");
  Answer(child, "", nullptr, true);
  Expect(child, Record(child, "List", "List", "completed", store_.now_ms() + 500, "No output"));
}

TEST_F(RecordSynthesis, TellsAFailureByTheErrorOfTheLastAnswer) {
  const std::string child = Child();
  store_.AddQuestion(child, "List");
  Answer(child, "First", nullptr, true);
  Answer(child, "", {{"name", "UnknownError"}, {"data", {{"message", "AI_APICallError: \"Overloaded\""}}}}, true);
  Expect(child,
         Record(child, "List", "List", "failed", store_.now_ms() + 500, "Failed: AI_APICallError: \\\"Overloaded\\\""));
}

TEST_F(RecordSynthesis, NamesAnErrorWithoutAText) {
  const std::string child = Child();
  store_.AddQuestion(child, "List");
  Answer(child, "", {{"name", "MessageOutputLengthError"}, {"data", nlohmann::json::object()}}, true);
  Expect(child, Record(child, "List", "List", "failed", store_.now_ms() + 500, "Failed: MessageOutputLengthError"));
}

TEST_F(RecordSynthesis, CallsAnUnfinishedChildInterrupted) {
  const std::string child = Child();
  store_.AddQuestion(child, "List");
  Answer(child, "Half", nullptr, false);
  Expect(child, Record(child, "List", "List", "failed", store_.now_ms(), "Failed: interrupted"));
}

TEST_F(RecordSynthesis, CallsAChildWithoutMessagesInterrupted) {
  const std::string child = Child();
  Expect(child, Record(child, "Recovered agent", "", "failed", store_.now_ms(), "Failed: interrupted"));
}

TEST_F(RecordSynthesis, JudgesByTimeWhereIdsBeganAnew) {
  // The older message sorts after the newer one.
  store_.Advance(1'786'706'395'136 - 5000 - store_.now_ms());
  const std::string child = Child();
  store_.AddQuestion(child, "Old");
  Answer(child, "Old answer", nullptr, true);
  store_.Advance(10'000);
  store_.AddQuestion(child, "New");
  Answer(child, "New answer", nullptr, true);
  Expect(child, Record(child, "Old", "Old", "completed", store_.now_ms() + 500, "New answer"));
}

TEST_F(RecordSynthesis, SkipsDamagedMessages) {
  const std::string child = Child();
  store_.AddQuestion(child, "List");
  Answer(child, "Done", nullptr, true);
  const std::string completed = std::to_string(store_.now_ms() + 500);
  store_.Write(store_.MessagePath(child, store_.NextId("msg")), "{\"id\":");
  const Planned planned = PlanAll(store_, {"R-SUBSESSION-SYNTH"});
  EXPECT_THAT(planned.written.at(store_.RecordPath(child)), ::testing::HasSubstr("\"completedAt\":" + completed));
}

TEST_F(RecordSynthesis, LeavesADamagedRecordToItsOwnRepair) {
  const std::string child = store_.AddAgent(parent_, "Audit");
  store_.Write(store_.RecordPath(child), "");
  EXPECT_TRUE(PlanAll(store_, {"R-SUBSESSION-SYNTH"}).Empty());
}

TEST_F(RecordSynthesis, RefusesWhereAFolderHasTheName) {
  const std::string child = Child();
  store_.MakeDirectory(store_.RecordPath(child));
  Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
  Finding finding;
  finding.code = "CHILD_SESSION_UNTRACKED";
  finding.subject_id = child;
  const fleet::agent::Answer answer = planner.Ask("R-SUBSESSION-SYNTH", finding);
  ASSERT_TRUE(std::holds_alternative<Refusal>(answer));
  EXPECT_EQ(std::get<Refusal>(answer).reason, "unexpected_type");
}

}  // namespace
}  // namespace fleet::agent
