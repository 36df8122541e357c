#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/ctl/agent_text.h"
#include "coordinator/ctl/command_text.h"
#include "coordinator/ctl/dispatch_text.h"
#include "coordinator/ctl/event_text.h"
#include "coordinator/ctl/incident_text.h"
#include "coordinator/ctl/overview_text.h"

namespace fleet::coordinator {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 1'790'000'000'000;
constexpr std::int64_t kMinute = 60'000;
const Screen kPlain{false, kNow};

v1::Incident IncidentDue(std::int64_t due_ms) {
  v1::Incident incident;
  incident.set_incident_id("inc_1");
  incident.set_host_name("host-a");
  incident.set_state(v1::INCIDENT_STATE_OPEN);
  incident.set_severity(v1::SEVERITY_P1);
  incident.mutable_finding()->set_code("SESSION_JSON_INVALID");
  incident.set_respond_by_ms(due_ms);
  return incident;
}

v1::Command CommandIn(v1::CommandState state) {
  v1::Command command;
  command.set_host_name("host-a");
  command.set_command_id("cmd_1");
  command.mutable_action()->mutable_check();
  command.set_state(state);
  return command;
}

TEST(Screen, TimeLeftReadsLikeASentence) {
  EXPECT_EQ(TimeLeftText(kNow + 130 * kMinute, kNow), "2 h 10 min left");
  EXPECT_EQ(TimeLeftText(kNow - 5 * kMinute, kNow), "overdue by 5 min");
}

TEST(Screen, AgoOfNeverAndOfTheFuture) {
  EXPECT_EQ(AgoText(0, kNow), "never");
  EXPECT_EQ(AgoText(kNow + 5, kNow), "now");
  EXPECT_EQ(AgoText(kNow - 3 * kMinute, kNow), "3 min ago");
}

TEST(Screen, PaintsWholeRowsOnlyWhenColourIsWanted) {
  ColouredTable table({"A", "B"});
  table.Add(Colour::kRed, {"1", "2"});
  EXPECT_THAT(table.Text({true, kNow}), HasSubstr("\x1b[31m1"));
  EXPECT_THAT(table.Text(kPlain), Not(HasSubstr("\x1b")));
}

TEST(IncidentText, NamesWhoHasTakenItOn) {
  v1::Incident incident = IncidentDue(kNow + 100 * kMinute);
  incident.set_state(v1::INCIDENT_STATE_ACKNOWLEDGED);
  incident.set_owner("mira");
  incident.set_acknowledged_until_ms(kNow + 60 * kMinute);
  EXPECT_EQ(UrgencyText(incident, kNow), "mira, 1 h 0 min more");
  EXPECT_THAT(IncidentText(incident, kPlain), HasSubstr("owner       mira, until "));
  EXPECT_THAT(IncidentText(incident, kPlain), Not(HasSubstr("due")));
}

TEST(OverviewText, ShowsTotalsSymbolsAndTimeLeftByTheCoordinatorsClock) {
  v1::Overview overview;
  overview.set_at_ms(kNow);
  overview.set_agents(3);
  (*overview.mutable_agents_by_health())["healthy"] = 2;
  (*overview.mutable_agents_by_health())["critical"] = 1;
  (*overview.mutable_agents_by_connectivity())["online"] = 3;
  for (const int count : {0, 1, 0, 0}) overview.add_incidents_by_severity(count);
  overview.set_open_incidents(12);
  overview.set_overdue_incidents(4);
  *overview.add_incidents() = IncidentDue(kNow + 130 * kMinute);
  const std::string text = OverviewText(overview, {false, kNow + 1'000'000'000});
  for (const char* part :
       {"3 machines", "✅ healthy 2", "⚠️ warning 0", "❌ critical 1", "🔄 recovering 0", "🚨 emergency 0", "online 3",
        "12 open incidents", "P1 1", "4 overdue", "2 h 10 min left", "SESSION_JSON_INVALID", "and 11 more"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(OverviewText, AnEmptyFleetIsShort) {
  v1::Overview overview;
  const std::string text = OverviewText(overview, kPlain);
  EXPECT_THAT(text, HasSubstr("0 machines"));
  EXPECT_THAT(text, Not(HasSubstr("Worst machines")));
}

TEST(AgentText, ShowsFindingsWithTheirCureAndNeverActsOnEscapes) {
  v1::GetAgentResponse answer;
  answer.mutable_agent()->set_host_name("host\x1b[2J");
  answer.mutable_agent()->set_health("warning");
  v1::Finding& finding = *answer.add_findings();
  finding.set_code("SUBSESSION_INDEX_MISSING");
  finding.set_severity(v1::SEVERITY_P2);
  finding.set_path("/home/dev/\x1b]0;x\x07");
  finding.set_repair("R-INDEX");
  finding.set_refusal("dgmo is live");
  *answer.add_commands() = CommandIn(v1::COMMAND_STATE_SUCCEEDED);
  const std::string text = AgentText(answer, kPlain);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("P2  SUBSESSION_INDEX_MISSING"));
  EXPECT_THAT(text, HasSubstr("R-INDEX would be refused: dgmo is live"));
  EXPECT_THAT(text, HasSubstr("cmd_1"));
}

TEST(IncidentText, AResolvedOneSaysWhen) {
  v1::Incident incident = IncidentDue(kNow);
  incident.set_state(v1::INCIDENT_STATE_RESOLVED);
  incident.set_resolved_ms(kNow - 3 * kMinute);
  v1::IncidentEvent& event = *incident.add_timeline();
  event.set_what("resolved");
  event.set_detail("gone");
  const std::string text = IncidentText(incident, kPlain);
  EXPECT_THAT(text, HasSubstr("resolved 3 min ago"));
  EXPECT_THAT(text, HasSubstr("resolved: gone"));
}

TEST(DispatchText, SaysForEachMachineWhetherItWasCancelledBeforeItRan) {
  v1::Dispatch dispatch;
  *dispatch.add_commands() = CommandIn(v1::COMMAND_STATE_CANCELLED);
  *dispatch.add_commands() = CommandIn(v1::COMMAND_STATE_STARTED);
  *dispatch.add_commands() = CommandIn(v1::COMMAND_STATE_DELIVERED);
  const std::string text = CancelText(dispatch, kPlain);
  EXPECT_THAT(text, HasSubstr("cancelled before it ran"));
  EXPECT_THAT(text, HasSubstr("has started and runs to its end"));
  EXPECT_THAT(text, HasSubstr("has not confirmed yet"));
}

TEST(DispatchText, JudgesByTheCountsOfAllMachines) {
  v1::Dispatch dispatch;
  (*dispatch.mutable_counts())["SUCCEEDED"] = 2;
  EXPECT_TRUE(AllSucceeded(dispatch));
  EXPECT_FALSE(NoneRan(dispatch));
  (*dispatch.mutable_counts())["UNKNOWN"] = 1;
  EXPECT_FALSE(AllSucceeded(dispatch));
  dispatch.clear_counts();
  (*dispatch.mutable_counts())["CANCELLED"] = 1;
  (*dispatch.mutable_counts())["EXPIRED"] = 1;
  EXPECT_TRUE(NoneRan(dispatch));
}

TEST(DispatchText, ShowsWhyACommandWaitsAndWhatItsRepairsDid) {
  v1::Dispatch dispatch;
  dispatch.set_dispatch_id("dsp_1");
  v1::Command& waiting = *dispatch.add_commands();
  waiting = CommandIn(v1::COMMAND_STATE_QUEUED);
  waiting.set_waiting_for("agent_offline");
  v1::Command& failed = *dispatch.add_commands();
  failed = CommandIn(v1::COMMAND_STATE_FAILED);
  failed.mutable_result()->set_summary("1 of 2 refused");
  failed.mutable_result()->set_reason("repair_refused");
  failed.mutable_result()->set_total_outcomes(2);
  v1::RepairOutcome& outcome = *failed.mutable_result()->add_outcomes();
  outcome.set_repair("R-INDEX");
  outcome.set_subject_id("ses_1");
  outcome.set_outcome("refused");
  outcome.set_reason("dgmo is live");
  const std::string text = DispatchText(dispatch, kPlain);
  EXPECT_THAT(text, HasSubstr("waits: agent_offline"));
  EXPECT_THAT(text, HasSubstr("1 of 2 refused (repair_refused)"));
  EXPECT_THAT(text, HasSubstr("R-INDEX ses_1: refused: dgmo is live"));
  EXPECT_THAT(text, HasSubstr("and 1 more"));
}

TEST(DispatchText, NamesTheActionInWords) {
  v1::Action action;
  action.mutable_repair()->add_repairs("R-INDEX");
  action.mutable_repair()->add_repairs("R-TMP");
  EXPECT_EQ(ActionText(action), "repair R-INDEX, R-TMP");
  action.mutable_undo()->set_journal_id("jrn_1");
  EXPECT_EQ(ActionText(action), "undo jrn_1");
  action.mutable_check();
  EXPECT_EQ(ActionText(action), "check");
}

TEST(EventText, IsOneLineAnEvent) {
  v1::FleetEvent event;
  event.set_at_ms(kNow);
  event.mutable_agent()->set_host_name("host\na");
  event.mutable_agent()->set_health("critical");
  event.mutable_agent()->set_connectivity("online");
  const std::string text = EventText(event, kPlain);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, HasSubstr("❌"));
  event.set_gap(7);
  EXPECT_THAT(EventText(event, kPlain), HasSubstr("7 events were dropped"));
}

}  // namespace

}  // namespace fleet::coordinator
