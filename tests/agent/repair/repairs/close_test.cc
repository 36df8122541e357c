#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Json = nlohmann::ordered_json;

// A session whose agent a killed dgmo left running.
class CloseRepair : public ::testing::Test {
 protected:
  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string parent_ = store_.AddConversation("Refactor invoice rounding");
  std::string child_ = store_.AddAgent(parent_, "Audit rounding calls");
  std::string record_ = store_.RecordPath(child_);

  // The text of the record as an edit leaves it, keys in place.
  std::string Record(const std::function<void(Json&)>& edit) {
    Json record = Json::parse(store_.Read(record_));
    edit(record);
    return record.dump();
  }
  std::string Answer() const {
    std::string last;
    for (const auto& entry :
         std::filesystem::directory_iterator(store_.path() + "/" + store_.ConversationPath(child_))) {
      last = std::max(last, entry.path().filename().string());
    }
    return store_.ConversationPath(child_) + "/" + last;
  }
  void EditAnswer(const std::function<void(Json&)>& edit) {
    Json message = Json::parse(store_.Read(Answer()));
    edit(message);
    store_.Write(Answer(), message.dump());
  }
  static void MakeRunning(Json& record) {
    record["status"] = "running";
    record.erase("completedAt");
    record.erase("summary");
    record["later"] = {{"kept", true}};
  }
};

using SubsessionCloseRepair = CloseRepair;
TEST_F(SubsessionCloseRepair, TakesTheOutcomeFromTheLastAnswer) {
  store_.Write(record_, Record(MakeRunning));
  const Planned planned = PlanAll(store_, {"R-SUBSESSION-CLOSE"});
  const std::string expected = Record([&](Json& record) {
    record["status"] = "completed";
    record["completedAt"] = store_.now_ms() + 500;
    record["summary"] = "Looked at Audit rounding calls.";
  });
  EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{record_, expected}}));
  EXPECT_THAT(planned.left, IsEmpty());
}

TEST_F(SubsessionCloseRepair, AnInterruptedOneHasFailed) {
  store_.Write(record_, Record(MakeRunning));
  EditAnswer([](Json& message) { message["metadata"]["time"].erase("completed"); });
  const Planned planned = PlanAll(store_, {"R-SUBSESSION-CLOSE"});
  const Json record = Json::parse(planned.written.at(record_));
  EXPECT_EQ(record["status"], "failed");
  EXPECT_EQ(record["summary"], "Failed: interrupted");
  EXPECT_EQ(record["completedAt"], store_.now_ms());
}

TEST_F(SubsessionCloseRepair, AnErrorIsAFailureWithItsText) {
  store_.Write(record_, Record(MakeRunning));
  EditAnswer([](Json& message) {
    message["metadata"]["error"] = {{"name", "UnknownError"}, {"data", {{"message", "Overloaded"}}}};
  });
  EXPECT_EQ(Json::parse(PlanAll(store_, {"R-SUBSESSION-CLOSE"}).written.at(record_))["summary"], "Failed: Overloaded");
}

TEST_F(SubsessionCloseRepair, DerivesAStatusThatIsNone) {
  store_.Write(record_, Record([](Json& record) { record["status"] = "done"; }));
  const Planned planned = PlanAll(store_, {"R-SUBSESSION-CLOSE"});
  EXPECT_EQ(Json::parse(planned.written.at(record_))["status"], "completed");
  EXPECT_THAT(planned.left, IsEmpty());
}

TEST_F(SubsessionCloseRepair, RefusesWhileMessagesAreDamaged) {
  store_.Write(record_, Record(MakeRunning));
  store_.Write(Answer(), "");
  EXPECT_THAT(PlanAll(store_, {"R-SUBSESSION-CLOSE"}).refusals, ElementsAre("R-SUBSESSION-CLOSE damaged_messages"));
}

using MessageCloseRepair = CloseRepair;
TEST_F(MessageCloseRepair, EndsADeadTurnAsDgmoEndsAnAbortedOne) {
  const auto open = [](Json& message) {
    message["metadata"]["time"].erase("completed");
    for (const char* state : {"call", "partial-call", "result"}) {
      Json call = {{"state", state}, {"toolCallId", "toolu_01"}, {"toolName", "bash"}};
      if (std::string(state) == "result") call["result"] = "done";
      message["parts"].push_back({{"type", "tool-invocation"}, {"toolInvocation", call}});
    }
    message["unknown"] = "\xC3\xA9";
  };
  EditAnswer(open);
  const std::string before = store_.Read(Answer());
  Json expected = Json::parse(before);
  for (const std::size_t part : {2U, 3U}) {
    expected["parts"][part]["toolInvocation"]["state"] = "result";
    expected["parts"][part]["toolInvocation"]["result"] = "request was aborted";
  }
  expected["metadata"]["time"]["completed"] = store_.now_ms();
  const Planned planned = PlanAll(store_, {"R-MESSAGE-CLOSE"});
  EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{Answer(), expected.dump()}}));
  EXPECT_THAT(planned.left, IsEmpty());
}

TEST_F(MessageCloseRepair, ClosesACallOfATurnThatHasEnded) {
  EditAnswer([](Json& message) {
    message["parts"].push_back(
        {{"type", "tool-invocation"}, {"toolInvocation", {{"state", "call"}, {"toolCallId", "t"}, {"toolName", "x"}}}});
  });
  const Planned planned = PlanAll(store_, {"R-MESSAGE-CLOSE"});
  const Json message = Json::parse(planned.written.at(Answer()));
  EXPECT_EQ(message["parts"].back()["toolInvocation"]["result"], "request was aborted");
  EXPECT_EQ(message["metadata"]["time"]["completed"], store_.now_ms() + 500);
  EXPECT_THAT(planned.left, IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
