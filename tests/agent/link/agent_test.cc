#include "agent/link/agent.h"

#include <gtest/gtest.h>

#include "tests/agent/link/memory_command_store.h"
#include "tests/agent/link/test_findings.h"
#include "tests/support/manual_executor.h"

namespace fleet::agent {
namespace {

using std::chrono::seconds;

class FakeWorkstation final : public Workstation {
 public:
  Examination Examine(const Scope& scope) override {
    log.push_back(scope.everything ? "examine" : "look");
    scopes.push_back(scope);
    return examination;
  }
  CommandOutcome Run(const v1::Action& action) override {
    log.push_back(action.has_undo() ? "undo" : "repair");
    examination.findings.clear();
    return {v1::COMMAND_STATE_SUCCEEDED, {}};
  }
  void RepairUnasked() override {
    log.push_back("unasked");
    examination.repair_due = false;
    examination.findings.clear();
  }
  Examination examination;
  std::vector<std::string> log;
  std::vector<Scope> scopes;
};

class FakeTransport final : public Transport {
 public:
  void Open(StreamNumber stream) override { opened.push_back(stream); }
  void Send(StreamNumber, v1::AgentMessage message) override { sent.push_back(std::move(message)); }
  void Close(StreamNumber) override {}
  std::vector<v1::FindingReport> Reports() const {
    std::vector<v1::FindingReport> reports;
    for (const auto& message : sent) {
      if (message.has_report()) reports.push_back(message.report());
    }
    return reports;
  }
  std::vector<StreamNumber> opened;
  std::vector<v1::AgentMessage> sent;
};

v1::CoordinatorMessage Offer(const std::string& id, bool check) {
  v1::CoordinatorMessage message;
  message.mutable_command_offer()->set_command_id(id);
  message.mutable_command_offer()->set_expires_in_ms(600'000);
  if (check) {
    message.mutable_command_offer()->mutable_action()->mutable_check();
  } else {
    message.mutable_command_offer()->mutable_action()->mutable_repair();
  }
  return message;
}

class AgentTest : public testing::Test {
 protected:
  void Hear(const v1::CoordinatorMessage& message) {
    agent_.OnMessage(transport_.opened.back(), message);
    strand_.RunDue();
  }
  void Acknowledge() {
    v1::CoordinatorMessage message;
    message.mutable_report_ack()->set_sequence(transport_.Reports().back().sequence());
    Hear(message);
  }
  void Attach() {
    agent_.Start({}, &transport_);
    v1::CoordinatorMessage welcome;
    welcome.mutable_welcome()->set_heartbeat_interval_ms(600'000);
    Hear(welcome);
  }
  // The worker does what it was given.
  void Work() {
    worker_.RunDue();
    strand_.RunDue();
  }

  FakeClock clock_;
  ManualExecutor strand_{clock_};
  ManualExecutor worker_{clock_};
  FakeWorkstation workstation_;
  FakeTransport transport_;
  MemoryCommandStore commands_;
  Agent agent_{{v1::Hello(), seconds(60), [] { return 0.5; }}, {strand_, worker_, clock_, workstation_, commands_}};
};

using Log = std::vector<std::string>;

TEST_F(AgentTest, ExaminesAtOnceAndThenAtIntervalsWithoutACoordinator) {
  workstation_.examination.findings = {MakeFinding("a")};
  agent_.Start({}, nullptr);
  Work();
  EXPECT_EQ(workstation_.log.size(), 1U);
  EXPECT_EQ(agent_.book().held().size(), 1U);
  strand_.Advance(seconds(59));
  Work();
  EXPECT_EQ(workstation_.log.size(), 1U);
  strand_.Advance(seconds(1));
  Work();
  EXPECT_EQ(workstation_.log.size(), 2U);
}

TEST_F(AgentTest, ExaminesAgainAfterARepairAndIsRecoveringUntilThen) {
  workstation_.examination.findings = {MakeFinding("a")};
  Attach();
  Work();
  Acknowledge();
  Hear(Offer("c1", false));
  EXPECT_TRUE(agent_.repairing());
  EXPECT_TRUE(transport_.Reports().back().repairing());
  Acknowledge();
  Work();  // the repair, and then the examination
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "repair", "examine"}));
  EXPECT_FALSE(transport_.Reports().back().repairing());
  EXPECT_EQ(transport_.Reports().back().gone_fingerprints_size(), 1);
}

TEST_F(AgentTest, RepairsWhatIsDueUnaskedAndIsRecoveringUntilItHasLooked) {
  workstation_.examination.findings = {MakeFinding("a")};
  workstation_.examination.repair_due = true;
  Attach();
  Work();
  EXPECT_TRUE(agent_.repairing());
  Acknowledge();
  EXPECT_TRUE(transport_.Reports().back().repairing());
  Acknowledge();
  Work();  // the repair, and then the examination
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "unasked", "examine"}));
  Acknowledge();
  EXPECT_FALSE(agent_.repairing());
  EXPECT_EQ(transport_.Reports().back().gone_fingerprints_size(), 1);
}

TEST_F(AgentTest, ACommandGoesBeforeWhatNobodyAskedFor) {
  workstation_.examination.repair_due = true;
  Attach();
  Hear(Offer("c1", false));
  for (int i = 0; i < 3; ++i) Work();
  EXPECT_EQ(workstation_.log[1], "repair");
}

TEST_F(AgentTest, RunsOneThingAtATime) {
  Attach();
  Hear(Offer("c1", false));
  Hear(Offer("c2", false));
  EXPECT_EQ(agent_.journal().Find("c1")->state, v1::COMMAND_STATE_DELIVERED);  // the first examination runs
  Work();
  EXPECT_EQ(agent_.journal().Find("c1")->state, v1::COMMAND_STATE_STARTED);
  for (int i = 0; i < 5; ++i) Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "repair", "examine", "repair", "examine"}));
  EXPECT_EQ(agent_.journal().Find("c2")->state, v1::COMMAND_STATE_SUCCEEDED);
}

TEST_F(AgentTest, AnswersACheckWithWhatItFound) {
  workstation_.examination.findings = {MakeFinding("a"), MakeFinding("b")};
  Attach();
  Work();
  Hear(Offer("c1", true));
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "examine"}));
  EXPECT_EQ(agent_.journal().Find("c1")->result.summary(), "Looked at everything: 2 findings");
}

TEST_F(AgentTest, KeepsTheFindingsOfARootThatCouldNotBeLookedAt) {
  workstation_.examination.findings = {MakeFinding("a")};
  agent_.Start({}, nullptr);
  Work();
  workstation_.examination.findings.clear();
  workstation_.examination.unknown = {"/home/a"};
  strand_.Advance(seconds(60));
  Work();
  EXPECT_EQ(agent_.book().held().size(), 1U);
  workstation_.examination.unknown = {"/home/ab", "/home/a/data/storage/session/b.json"};
  strand_.Advance(seconds(60));
  Work();
  EXPECT_TRUE(agent_.book().held().empty());
}

TEST_F(AgentTest, LooksAtOnceAtWhatChanges) {
  agent_.Start({}, nullptr);
  Work();
  strand_.Advance(seconds(5));
  workstation_.examination.findings = {MakeFinding("a")};
  agent_.OnChanged({.everything = false, .stores = false, .changed = {"/home/a/x.json"}});
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "look"}));
  EXPECT_EQ(workstation_.scopes[1].changed, std::set<std::string>{"/home/a/x.json"});
  EXPECT_EQ(agent_.book().held().size(), 1U);
}

TEST_F(AgentTest, ChangesThatFollowWaitAndAreLookedAtTogether) {
  agent_.Start({}, nullptr);
  Work();
  strand_.Advance(seconds(5));
  agent_.OnChanged({.everything = false, .stores = false, .changed = {"/a"}});
  agent_.OnChanged({.everything = false, .stores = false, .changed = {"/b"}});  // while /a is being looked at
  Work();
  agent_.OnChanged({.everything = false, .stores = false, .changed = {"/c"}});
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "look"}));
  strand_.Advance(std::chrono::milliseconds(500));
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "look", "look"}));
  EXPECT_EQ(workstation_.scopes[2].changed, (std::set<std::string>{"/b", "/c"}));
}

TEST_F(AgentTest, LooksDoNotPutOffTheNextExaminationOfEverything) {
  agent_.Start({}, nullptr);
  Work();
  for (int i = 0; i < 59; ++i) {
    strand_.Advance(seconds(1));
    agent_.OnChanged({.everything = false, .stores = false, .changed = {"/a"}});
    Work();
  }
  strand_.Advance(seconds(1));
  Work();
  EXPECT_EQ(workstation_.log.back(), "examine");
  EXPECT_EQ(workstation_.log.size(), 61U);
}

TEST_F(AgentTest, LooksAgainWhenWhatItSawWasTooFresh) {
  agent_.Start({}, nullptr);
  Work();
  workstation_.examination.look_again = seconds(4);
  strand_.Advance(seconds(5));
  agent_.OnChanged({.everything = false, .stores = false, .changed = {"/a"}});
  Work();
  workstation_.examination.look_again.reset();
  strand_.Advance(seconds(3));
  Work();
  EXPECT_EQ(workstation_.log.size(), 2U);
  strand_.Advance(seconds(1));
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "look", "look"}));
  strand_.Advance(seconds(20));
  Work();
  EXPECT_EQ(workstation_.log.size(), 3U);
}

TEST_F(AgentTest, AChangeDuringARepairIsLookedAtAfterwards) {
  Attach();
  Work();
  Hear(Offer("c1", false));
  agent_.OnChanged({.everything = false, .stores = false, .changed = {"/a"}});
  Work();
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "repair", "examine"}));
  EXPECT_EQ(workstation_.scopes.back().changed, std::set<std::string>{"/a"});
}

TEST_F(AgentTest, StopsAtOnceWhenNothingRunsAndStartsNothingMore) {
  Attach();
  Work();
  bool stopped = false;
  agent_.Stop([&] { stopped = true; });
  EXPECT_TRUE(stopped);
  Hear(Offer("c1", false));
  strand_.Advance(seconds(600));
  Work();
  EXPECT_EQ(workstation_.log, Log{"examine"});
  EXPECT_EQ(agent_.journal().Find("c1")->state, v1::COMMAND_STATE_DELIVERED);
}

TEST_F(AgentTest, StopsAfterTheRepairThatRunsAndNotesItsEnd) {
  Attach();
  Work();
  Hear(Offer("c1", false));
  bool stopped = false;
  agent_.Stop([&] { stopped = true; });
  EXPECT_FALSE(stopped);
  Work();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(commands_.Held()[0].state, v1::COMMAND_STATE_SUCCEEDED);
  Work();
  EXPECT_EQ(workstation_.log, (Log{"examine", "repair"}));
}

}  // namespace
}  // namespace fleet::agent
