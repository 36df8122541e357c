#include <gtest/gtest.h>

#include "coordinator/core/incident_edit.h"
#include "coordinator/core/incident_rules.h"
#include "coordinator/core/query_overview.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

using Lines = std::vector<std::string>;
constexpr std::int64_t kHourMs = 3'600'000;

// One open incident with the fingerprint "f", and people who do something with it.
class Acknowledgement : public ::testing::Test {
 protected:
  explicit Acknowledgement(Severity severity = Severity::kP1) {
    EXPECT_TRUE(brain.Attach(1, "a").ok());
    EXPECT_TRUE(brain.Full(1, {MakeFinding("f", severity)}).ok());
    id = incident()->id;
  }

  absl::Status Acknowledge(const std::string& owner, std::int64_t lease_ms = 0, const std::string& note = "") {
    return brain.Acknowledge(id, owner, lease_ms, note);
  }
  absl::Status Release(const std::string& author) { return brain.Release(id, author); }
  absl::Status Note(const std::string& text) {
    IncidentNoted event;
    event.request.set_incident_id(id);
    event.request.set_author("mira");
    event.request.set_text(text);
    return brain.Do(std::move(event));
  }
  RowPtr<IncidentRow> incident() { return brain.Latest("a", "f"); }
  std::string LastLine() { return brain.GetTimeline(id).back()->detail; }

  Brain brain;
  std::string id;
};

TEST_F(Acknowledgement, StopsTheClockUntilItRunsOutAndThenTheRestOfTheTimeIsLeft) {
  brain.executor.Advance(kHour);
  ASSERT_TRUE(Acknowledge("mira", 10 * kHourMs).ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_ACKNOWLEDGED);
  EXPECT_EQ(incident()->owner, "mira");
  brain.executor.Advance(10 * kHour - kSecond);
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "acknowledged"}));
  brain.Restart();
  brain.executor.Advance(kSecond);
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(incident()->owner, "");
  EXPECT_EQ(incident()->respond_by_ms, ToMillis(brain.clock.Now()) + 3 * kHourMs);
  brain.executor.Advance(3 * kHour + kSecond);
  EXPECT_EQ(brain.Timeline(id),
            (Lines{"opened", "acknowledged", "acknowledgement_ended", "response_half_over", "response_overdue"}));
}

TEST_F(Acknowledgement, ThatRanOutWhileTheCoordinatorWasDownTookNoTime) {
  ASSERT_TRUE(Acknowledge("mira", kHourMs).ok());
  brain.core.reset();
  brain.clock.Advance(2 * kHour);
  brain.Restart();
  brain.executor.RunDue();
  EXPECT_EQ(incident()->respond_by_ms, ToMillis(brain.clock.Now()) + 3 * kHourMs);
}

TEST_F(Acknowledgement, GivenBackLetsTheClockGoOnAtOnce) {
  brain.executor.Advance(kHour);
  ASSERT_TRUE(Acknowledge("mira", 10 * kHourMs).ok());
  brain.executor.Advance(2 * kHour);
  ASSERT_TRUE(Release("mira").ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(incident()->respond_by_ms, ToMillis(brain.clock.Now()) + 3 * kHourMs);
  EXPECT_EQ(Release("mira").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(Acknowledgement, MovesToAnotherOwnerAndCanBeProlonged) {
  ASSERT_TRUE(Acknowledge("mira", kHourMs).ok());
  ASSERT_TRUE(Acknowledge("mira", 2 * kHourMs).ok());
  ASSERT_TRUE(Acknowledge("noor", 3 * kHourMs, "she knows Qdrant").ok());
  EXPECT_EQ(incident()->owner, "noor");
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "acknowledged", "acknowledged", "handed_over"}));
  EXPECT_EQ(LastLine().rfind("from mira to noor until ", 0), 0u) << LastLine();
  EXPECT_NE(LastLine().find(": she knows Qdrant"), std::string::npos);
  EXPECT_EQ(incident()->respond_by_ms, incident()->acknowledged_until_ms + 4 * kHourMs);
}

TEST_F(Acknowledgement, HoldsAsLongAsAResponseMayTakeWhenNobodySaysOtherwise) {
  ASSERT_TRUE(Acknowledge("mira").ok());
  EXPECT_EQ(incident()->acknowledged_until_ms, ToMillis(brain.clock.Now()) + 4 * kHourMs);
}

TEST_F(Acknowledgement, OfAnOverdueIncidentIsLateAndStillQuietsIt) {
  brain.executor.Advance(5 * kHour);
  EXPECT_EQ(GetOverview(brain.state(), 0)->overdue_incidents, 1);
  ASSERT_TRUE(Acknowledge("mira", kHourMs).ok());
  EXPECT_EQ(GetOverview(brain.state(), 0)->overdue_incidents, 0);
  brain.executor.Advance(kHour + kSecond);
  EXPECT_TRUE(incident()->overdue) << "it has no time left";
}

TEST_F(Acknowledgement, EndsWhenTheSeverityRises) {
  ASSERT_TRUE(Acknowledge("mira").ok());
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", Severity::kP0)}, {}).ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(incident()->respond_by_ms, ToMillis(brain.clock.Now()));
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "acknowledged", "acknowledgement_ended", "severity_raised"}));
}

TEST_F(Acknowledgement, StaysWhenTheSeverityFalls) {
  ASSERT_TRUE(Acknowledge("mira", kHourMs).ok());
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", Severity::kP2)}, {}).ok());
  EXPECT_EQ(incident()->owner, "mira");
  EXPECT_EQ(incident()->respond_by_ms, incident()->acknowledged_until_ms + 24 * kHourMs);
}

TEST_F(Acknowledgement, OutlastsARepairThatDidNotHelp) {
  ASSERT_TRUE(Acknowledge("mira").ok());
  const auto dispatch = brain.Start(Everyone(), RepairOf());
  const std::string command = dispatch->commands.at(0).row->id;
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_REPAIRING);
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_FAILED).ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_ACKNOWLEDGED);
}

TEST_F(Acknowledgement, DuringARepairIsKnownWhenItEnds) {
  const auto dispatch = brain.Start(Everyone(), RepairOf());
  const std::string command = dispatch->commands.at(0).row->id;
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  ASSERT_TRUE(Acknowledge("mira", kHourMs).ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_REPAIRING);
  brain.executor.Advance(kHour);
  EXPECT_EQ(incident()->owner, "");
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_FAILED).ok());
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_OPEN);
}

TEST_F(Acknowledgement, IsRefusedWithoutAnOwnerForTooLongAndOfWhatIsResolved) {
  EXPECT_EQ(Acknowledge("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Acknowledge("mira", 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Acknowledge("mira", 8 * 24 * kHourMs).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Acknowledge(std::string(200, 'm')).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Acknowledge("mira", 0, std::string(5'000, 'n')).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened"}));
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  EXPECT_EQ(Acknowledge("mira").code(), absl::StatusCode::kFailedPrecondition);
  id = "inc_none";
  EXPECT_EQ(Acknowledge("mira").code(), absl::StatusCode::kNotFound);
}

TEST_F(Acknowledgement, IsOverWhenTheFindingIsGone) {
  ASSERT_TRUE(Acknowledge("mira").ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  EXPECT_EQ(incident()->owner, "");
  brain.executor.Advance(100 * kHour);
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "acknowledged", "resolved"}));
}

TEST_F(Acknowledgement, NotesAreKeptAlsoOfWhatIsResolvedUntilTheTimelineIsFull) {
  ASSERT_TRUE(Note("the disk was swapped").ok());
  EXPECT_EQ(LastLine(), "mira: the disk was swapped");
  EXPECT_EQ(Note("").code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  absl::Status written;
  int notes = 1;
  while (written.ok() && notes < 1'000) {
    written = Note("again");
    notes += written.ok() ? 1 : 0;
  }
  EXPECT_EQ(written.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(incident()->events, kMaxTimeline + kMaxLinesOfPeople);
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_RESOLVED);
}

TEST_F(Acknowledgement, ByTheBeginningOfAnIdIsEnough) {
  id = id.substr(0, 8);
  EXPECT_TRUE(Acknowledge("mira").ok());
  EXPECT_EQ(incident()->owner, "mira");
}

TEST_F(Acknowledgement, AFaultThatComesBackSoonIsTheSameIncidentWithAllOfItsTime) {
  ASSERT_TRUE(Acknowledge("mira").ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
  brain.executor.Advance(kHour);
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", Severity::kP1)}, {}).ok());
  EXPECT_EQ(incident()->id, id);
  EXPECT_EQ(incident()->state, v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(incident()->owner, "");
  EXPECT_EQ(incident()->reopened, 1);
  EXPECT_EQ(incident()->respond_by_ms, ToMillis(brain.clock.Now()) + 4 * kHourMs);
  EXPECT_EQ(brain.Timeline(id), (Lines{"opened", "acknowledged", "resolved", "reopened"}));
  EXPECT_NE(LastLine().find("for the 2nd time since"), std::string::npos) << LastLine();
}

TEST_F(Acknowledgement, AFaultThatComesAndGoesFillsOneTimelineAndThenAnother) {
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok());
    brain.executor.Advance(kSecond);
    ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", Severity::kP1)}, {}).ok());
  }
  EXPECT_EQ(brain.state().incidents().size(), 2u);
  EXPECT_LE(brain.state().Incident(id)->events, kMaxTimeline + 1);
}

class AcknowledgementOfAP0 : public Acknowledgement {
 protected:
  AcknowledgementOfAP0() : Acknowledgement(Severity::kP0) {}
};

TEST_F(AcknowledgementOfAP0, HoldsForAnHourAndIsOverdueAgainAfterwards) {
  brain.executor.Advance(kSecond);
  ASSERT_TRUE(Acknowledge("mira").ok());
  EXPECT_EQ(incident()->acknowledged_until_ms, ToMillis(brain.clock.Now()) + kHourMs);
  brain.executor.Advance(kHour + kSecond);
  EXPECT_EQ(brain.Timeline(id),
            (Lines{"opened", "response_overdue", "acknowledged", "acknowledgement_ended", "response_overdue"}));
}

}  // namespace
}  // namespace fleet::coordinator
