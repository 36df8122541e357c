#include <gtest/gtest.h>

#include "coordinator/core/incident_edit.h"
#include "coordinator/core/incident_rules.h"
#include "coordinator/core/query_overview.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

using Lines = std::vector<std::string>;
constexpr std::int64_t kHourMs = 3'600'000;

class Incidents : public ::testing::Test {
 protected:
  Incidents() { EXPECT_TRUE(brain.Attach(1, "a").ok()); }

  std::string Repair(const v1::Action& action = RepairOf()) {
    const auto view = brain.Start(Everyone(), action);
    EXPECT_TRUE(view.ok()) << view.status();
    return view->commands.at(0).row->id;
  }

  Brain brain;
};

TEST_F(Incidents, OneIsOpenForEachFaultOfEachMachine) {
  ASSERT_TRUE(brain.Attach(2, "b").ok());
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f1"), MakeFinding("f2")}).ok());
  ASSERT_TRUE(brain.Full(2, {MakeFinding("f1")}).ok());
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f1")}, {}).ok());
  EXPECT_EQ(brain.state().incidents().size(), 3u);
  const auto incident = brain.Latest("a", "f1");
  EXPECT_EQ(incident->host_name, "host-a");
  EXPECT_EQ(incident->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(brain.Timeline(incident->id), (Lines{"opened"}));
}

TEST_F(Incidents, ResponseIsDueBySeverity) {
  const std::int64_t opened = ToMillis(brain.clock.Now());
  ASSERT_TRUE(brain
                  .Full(1, {MakeFinding("f0", Severity::kP0), MakeFinding("f1", Severity::kP1),
                            MakeFinding("f2", Severity::kP2), MakeFinding("f3", Severity::kP3)})
                  .ok());
  EXPECT_EQ(brain.Latest("a", "f0")->respond_by_ms, opened);
  EXPECT_EQ(brain.Latest("a", "f1")->respond_by_ms, opened + 4 * kHourMs);
  EXPECT_EQ(brain.Latest("a", "f2")->respond_by_ms, opened + 24 * kHourMs);
  EXPECT_EQ(brain.Latest("a", "f3")->respond_by_ms, opened + 72 * kHourMs);
}

TEST_F(Incidents, SeverityFollowsTheFinding) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP2)}).ok());
  const std::string id = brain.Latest("a", "f")->id;
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", Severity::kP1)}, {}).ok());
  EXPECT_EQ(brain.Latest("a", "f")->severity, Severity::kP1);
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP3)}).ok());
  const auto incident = brain.Latest("a", "f");
  EXPECT_EQ(incident->id, id);
  EXPECT_EQ(incident->respond_by_ms, incident->opened_ms + 72 * kHourMs);
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "severity_raised", "severity_lowered"}));
  EXPECT_EQ(brain.GetTimeline(id)[1]->detail, "from P2 to P1");
}

TEST_F(Incidents, KeepTheFindingAsLastReported) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  Finding changed = MakeFinding("f");
  changed.evidence["size"] = std::int64_t{8};
  ASSERT_TRUE(brain.Difference(1, {changed}, {}).ok());
  EXPECT_EQ(brain.Latest("a", "f")->finding->evidence.at("size"), EvidenceValue(std::int64_t{8}));
}

TEST_F(Incidents, ResolveWhenTheFindingIsGoneAndOpenAnewWhenItReturnsMuchLater) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  const std::string first = brain.Latest("a", "f")->id;
  brain.executor.Advance(kSecond);
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  EXPECT_EQ(brain.Latest("a", "f")->state, v1::INCIDENT_STATE_RESOLVED);
  EXPECT_EQ(brain.Latest("a", "f")->resolved_ms, ToMillis(brain.clock.Now()));
  brain.executor.Advance(std::chrono::milliseconds(kReopenMs + 1));
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  const auto second = brain.Latest("a", "f");
  EXPECT_NE(second->id, first);
  EXPECT_EQ(second->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_NE(brain.GetTimeline(second->id)[0]->detail.find(first), std::string::npos);
  EXPECT_EQ(brain.Timeline(first), (Lines{"opened", "resolved"}));
}

TEST_F(Incidents, AreCalledOverdueOnceAlsoAfterARestart) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP1)}).ok());
  const std::string id = brain.Latest("a", "f")->id;
  brain.executor.Advance(4 * kHour - kSecond);
  EXPECT_FALSE(brain.Latest("a", "f")->overdue);
  brain.Restart();
  brain.executor.Advance(2 * kSecond);
  EXPECT_TRUE(brain.Latest("a", "f")->overdue);
  EXPECT_EQ(GetOverview(brain.state(), 0)->overdue_incidents, 1);
  brain.Restart();
  brain.executor.Advance(100 * kHour);
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "response_half_over", "response_overdue"}));
}

TEST_F(Incidents, ADeadlineThatPassedWhileTheCoordinatorWasDownIsSeenAtStart) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP1)}).ok());
  brain.core.reset();
  brain.clock.Advance(5 * kHour);
  brain.Restart();
  brain.executor.RunDue();
  EXPECT_TRUE(brain.Latest("a", "f")->overdue);
}

TEST_F(Incidents, LoweringASeverityMovesAPassedDeadline) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP1)}).ok());
  brain.executor.Advance(5 * kHour);
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP2)}).ok());
  EXPECT_FALSE(brain.Latest("a", "f")->overdue);
  brain.executor.Advance(20 * kHour);
  EXPECT_TRUE(brain.Latest("a", "f")->overdue);
}

TEST_F(Incidents, ShowRepairingWhileACoveringCommandRuns) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f"), MakeFinding("g", Severity::kP2, "x", "R-TMP")}).ok());
  const std::string command = Repair(RepairOf({"R-INDEX"}));
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_DELIVERED).ok());
  EXPECT_EQ(brain.Latest("a", "f")->state, v1::INCIDENT_STATE_OPEN);
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  EXPECT_EQ(brain.Latest("a", "f")->state, v1::INCIDENT_STATE_REPAIRING);
  EXPECT_EQ(brain.Latest("a", "f")->command_id, command);
  EXPECT_EQ(brain.Latest("a", "g")->state, v1::INCIDENT_STATE_OPEN);
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_FAILED, "no room").ok());
  const auto incident = brain.Latest("a", "f");
  EXPECT_EQ(incident->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(incident->command_id, "");
  EXPECT_EQ(brain.Timeline(incident->id), (Lines{"opened", "repair_started", "repair_ended"}));
  EXPECT_NE(brain.GetTimeline(incident->id)[2]->detail.find("no room"), std::string::npos);
}

TEST_F(Incidents, AFaultFoundDuringACoveringRepairIsBeingRepaired) {
  ASSERT_TRUE(brain.Full(1, {}).ok());
  const std::string command = Repair();
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f")}, {}).ok());
  EXPECT_EQ(brain.Latest("a", "f")->state, v1::INCIDENT_STATE_REPAIRING);
}

TEST_F(Incidents, NameTheCommandThatCuredThemInWhateverOrderTheNewsComes) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f1"), MakeFinding("f2"), MakeFinding("f3")}).ok());
  const std::string command = Repair();
  ASSERT_TRUE(brain.Difference(1, {}, {"f1"}).ok());  // the news of the start was lost
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f2"}).ok());
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_SUCCEEDED, "done").ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f3"}).ok());
  for (const char* fingerprint : {"f1", "f2", "f3"}) {
    EXPECT_EQ(brain.Latest("a", fingerprint)->command_id, command) << fingerprint;
    EXPECT_EQ(brain.Latest("a", fingerprint)->state, v1::INCIDENT_STATE_RESOLVED) << fingerprint;
  }
}

TEST_F(Incidents, ACheckCuresNothing) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  v1::Action check;
  check.mutable_check();
  const std::string command = Repair(check);
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  EXPECT_EQ(brain.Latest("a", "f")->state, v1::INCIDENT_STATE_OPEN);
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_SUCCEEDED).ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  EXPECT_EQ(brain.Latest("a", "f")->command_id, "");
}

TEST_F(Incidents, AFlappingFaultFillsNeitherTimelineNorStore) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f", Severity::kP1)}).ok());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", i % 2 == 0 ? Severity::kP2 : Severity::kP1)}, {}).ok());
  }
  const auto incident = brain.Latest("a", "f");
  EXPECT_EQ(incident->events, kMaxTimeline);
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  EXPECT_EQ(brain.Timeline(incident->id).back(), "resolved");
  for (int i = 0; i < 2'100; ++i) {
    ASSERT_TRUE(brain.Difference(1, {MakeFinding("g")}, {}).ok());
    ASSERT_TRUE(brain.Difference(1, {}, {"g"}).ok());
    brain.executor.Advance(std::chrono::milliseconds(kReopenMs + 1));
  }
  EXPECT_EQ(brain.state().incidents().size(), kMaxResolvedOfAgent);
  EXPECT_EQ(brain.state().Incident(incident->id), nullptr) << "the oldest make room";
}

TEST_F(Incidents, AreForgottenAfterNinetyDays) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  const std::string command = Repair();
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_SUCCEEDED).ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  brain.clock.Advance(89 * 24 * kHour);
  brain.executor.RunDue();
  EXPECT_EQ(brain.state().incidents().size(), 1u);
  brain.clock.Advance(2 * 24 * kHour);
  brain.executor.RunDue();
  EXPECT_TRUE(brain.state().incidents().empty());
  EXPECT_TRUE(brain.state().timeline().empty());
  EXPECT_TRUE(brain.state().dispatches().empty());
  EXPECT_TRUE(brain.state().commands().empty());
}

}  // namespace
}  // namespace fleet::coordinator
