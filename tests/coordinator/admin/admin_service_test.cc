#include "coordinator/admin/admin_service.h"

#include <gmock/gmock.h>

#include "tests/coordinator/support/edge_fixture.h"

namespace fleet::coordinator {

namespace {

using Stub = v1::FleetAdmin::Stub;
using ::testing::HasSubstr;

class AdminServiceTest : public EdgeFixture {
 protected:
  AdminServiceTest() {
    settings_.gateway.heartbeat_interval = std::chrono::seconds(60);
    StartCoordinator();
  }
  // An agent that has reported these findings and stays attached.
  std::unique_ptr<TestAgent> Reporting(const std::string& id, const std::string& host,
                                       const std::vector<v1::Finding>& findings) {
    auto agent = std::make_unique<TestAgent>(channel_);
    EXPECT_TRUE(agent->Attach(TestAgent::HelloOf(id, host)));
    EXPECT_TRUE(agent->Send(TestAgent::ReportOf(1, findings)));
    EXPECT_TRUE(agent->Read().has_report_ack());
    return agent;
  }
  template <class Request, class Reply>
  grpc::StatusCode CodeOf(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                          const Request& request) {
    Reply reply;
    return Ask(method, request, reply).error_code();
  }
};

TEST_F(AdminServiceTest, OverviewCountsMachinesAndIncidents) {
  const auto sick =
      Reporting("agt_1", "host-a", {TestAgent::FindingOf("f1"), TestAgent::FindingOf("f2", v1::SEVERITY_P1)});
  const auto well = Reporting("agt_2", "host-b", {});
  v1::Overview overview;
  ASSERT_TRUE(Ask(&Stub::GetOverview, v1::GetOverviewRequest(), overview).ok());
  EXPECT_EQ(overview.agents(), 2);
  EXPECT_EQ(overview.agents_by_health().at("critical"), 1);
  EXPECT_EQ(overview.agents_by_health().at("healthy"), 1);
  EXPECT_EQ(overview.agents_by_connectivity().at("online"), 2);
  EXPECT_EQ(overview.open_incidents(), 2);
  EXPECT_EQ(overview.incidents_by_severity(1), 1);
  EXPECT_EQ(overview.incidents_by_severity(2), 1);
  ASSERT_EQ(overview.worst_agents_size(), 1);
  EXPECT_EQ(overview.worst_agents(0).host_name(), "host-a");
  ASSERT_EQ(overview.incidents_size(), 2);
  EXPECT_EQ(overview.incidents(0).severity(), v1::SEVERITY_P1);
  EXPECT_GT(overview.at_ms(), 0);
}

TEST_F(AdminServiceTest, OverviewRefusesALimitOutOfRange) {
  v1::GetOverviewRequest request;
  request.set_limit(101);
  EXPECT_EQ(CodeOf(&Stub::GetOverview, request), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_limit(-1);
  EXPECT_EQ(CodeOf(&Stub::GetOverview, request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AdminServiceTest, ListsMachinesPageByPage) {
  std::vector<std::unique_ptr<TestAgent>> agents;
  for (const std::string id : {"agt_1", "agt_2", "agt_3"}) agents.push_back(Reporting(id, id, {}));
  v1::ListAgentsRequest request;
  request.set_page_size(2);
  v1::ListAgentsResponse first;
  ASSERT_TRUE(Ask(&Stub::ListAgents, request, first).ok());
  ASSERT_EQ(first.agents_size(), 2);
  request.set_page_token(first.next_page_token());
  v1::ListAgentsResponse second;
  ASSERT_TRUE(Ask(&Stub::ListAgents, request, second).ok());
  ASSERT_EQ(second.agents_size(), 1);
  EXPECT_EQ(second.agents(0).agent_id(), "agt_3");
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(AdminServiceTest, RefusesFiltersAndPagesItDoesNotKnow) {
  v1::ListAgentsRequest agents;
  agents.add_health("poorly");
  EXPECT_EQ(CodeOf(&Stub::ListAgents, agents), grpc::StatusCode::INVALID_ARGUMENT);
  agents.clear_health();
  agents.add_connectivity("asleep");
  EXPECT_EQ(CodeOf(&Stub::ListAgents, agents), grpc::StatusCode::INVALID_ARGUMENT);
  agents.clear_connectivity();
  agents.set_page_size(5000);
  EXPECT_EQ(CodeOf(&Stub::ListAgents, agents), grpc::StatusCode::INVALID_ARGUMENT);
  v1::ListIncidentsRequest incidents;
  incidents.set_page_token("no token of ours");
  EXPECT_EQ(CodeOf(&Stub::ListIncidents, incidents), grpc::StatusCode::INVALID_ARGUMENT);
  incidents.clear_page_token();
  incidents.add_severities(v1::SEVERITY_UNSPECIFIED);
  EXPECT_EQ(CodeOf(&Stub::ListIncidents, incidents), grpc::StatusCode::INVALID_ARGUMENT);
  incidents.clear_severities();
  incidents.add_states(static_cast<v1::IncidentState>(77));
  EXPECT_EQ(CodeOf(&Stub::ListIncidents, incidents), grpc::StatusCode::INVALID_ARGUMENT);
  v1::ListDispatchesRequest dispatches;
  dispatches.set_page_size(-1);
  EXPECT_EQ(CodeOf(&Stub::ListDispatches, dispatches), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AdminServiceTest, FindsAMachineByIdBeginningOfItOrHostName) {
  const auto agent = Reporting("agt_123", "host-a", {TestAgent::FindingOf("f1")});
  for (const std::string name : {"agt_123", "agt_1", "host-a"}) {
    v1::GetAgentRequest request;
    request.set_agent(name);
    v1::GetAgentResponse reply;
    ASSERT_TRUE(Ask(&Stub::GetAgent, request, reply).ok()) << name;
    EXPECT_EQ(reply.agent().agent_id(), "agt_123");
    ASSERT_EQ(reply.findings_size(), 1);
    EXPECT_EQ(reply.findings(0).code(), "SUBSESSION_INDEX_MISSING");
  }
}

TEST_F(AdminServiceTest, AMachineThatIsUnknownOrAmbiguousIsAnError) {
  const auto first = Reporting("agt_11", "twin", {});
  const auto second = Reporting("agt_12", "twin", {});
  v1::GetAgentRequest request;
  v1::GetAgentResponse reply;
  for (const std::string name : {"twin", "agt_1"}) {
    request.set_agent(name);
    const grpc::Status status = Ask(&Stub::GetAgent, request, reply);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
    EXPECT_THAT(status.error_message(), HasSubstr("agt_11"));
  }
  request.set_agent("nobody");
  EXPECT_EQ(CodeOf(&Stub::GetAgent, request), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AdminServiceTest, LastHeardFollowsTheHeartbeats) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  const std::int64_t before = AgentNamed("agt_1").last_seen_ms();
  clock_.Advance(std::chrono::seconds(30));
  ASSERT_TRUE(agent.SendHeartbeat());
  ASSERT_TRUE(agent.Read().has_heartbeat_ack());
  EXPECT_GE(AgentNamed("agt_1").last_seen_ms(), before + 29'000);
}

TEST_F(AdminServiceTest, ShowsAnIncidentWithItsTimelineAndFinding) {
  const auto agent = Reporting("agt_1", "host-a", {TestAgent::FindingOf("f1")});
  v1::ListIncidentsResponse list;
  ASSERT_TRUE(Ask(&Stub::ListIncidents, v1::ListIncidentsRequest(), list).ok());
  ASSERT_EQ(list.incidents_size(), 1);
  v1::GetIncidentRequest request;
  request.set_incident_id(list.incidents(0).incident_id());
  v1::Incident incident;
  ASSERT_TRUE(Ask(&Stub::GetIncident, request, incident).ok());
  EXPECT_EQ(incident.finding().fingerprint(), "f1");
  EXPECT_EQ(incident.respond_by_ms(), incident.opened_ms() + 24 * 3'600'000);
  ASSERT_GE(incident.timeline_size(), 1);
  EXPECT_EQ(incident.timeline(0).what(), "opened");
  request.set_incident_id("inc_nothing");
  EXPECT_EQ(CodeOf(&Stub::GetIncident, request), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AdminServiceTest, PeopleTakeAnIncidentOnNoteAndGiveItBack) {
  const auto agent = Reporting("agt_1", "host-a", {TestAgent::FindingOf("f1")});
  v1::ListIncidentsRequest listing;
  v1::ListIncidentsResponse list;
  ASSERT_TRUE(Ask(&Stub::ListIncidents, listing, list).ok());
  const std::string id = list.incidents(0).incident_id();
  v1::AcknowledgeIncidentRequest acknowledge;
  acknowledge.set_incident_id(id);
  EXPECT_EQ(CodeOf(&Stub::AcknowledgeIncident, acknowledge), grpc::StatusCode::INVALID_ARGUMENT) << "no owner";
  acknowledge.set_owner("mira");
  v1::Incident incident;
  ASSERT_TRUE(Ask(&Stub::AcknowledgeIncident, acknowledge, incident).ok());
  EXPECT_EQ(incident.owner(), "mira");
  EXPECT_GT(incident.acknowledged_until_ms(), incident.opened_ms());
  listing.add_states(v1::INCIDENT_STATE_ACKNOWLEDGED);
  ASSERT_TRUE(Ask(&Stub::ListIncidents, listing, list).ok());
  ASSERT_EQ(list.incidents_size(), 1);
  EXPECT_EQ(list.incidents(0).owner(), "mira");
  v1::NoteIncidentRequest note;
  note.set_incident_id(id);
  note.set_author("noor");
  note.set_text("seen it");
  ASSERT_TRUE(Ask(&Stub::NoteIncident, note, incident).ok());
  EXPECT_EQ(incident.timeline(incident.timeline_size() - 1).detail(), "noor: seen it");
  v1::ReleaseIncidentRequest release;
  release.set_incident_id(id);
  release.set_author("mira");
  ASSERT_TRUE(Ask(&Stub::ReleaseIncident, release, incident).ok());
  EXPECT_EQ(incident.owner(), "");
  EXPECT_EQ(incident.state(), v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(CodeOf(&Stub::ReleaseIncident, release), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(AdminServiceTest, AHugeFindingDoesNotMakeTheListsUnreadable) {
  v1::Finding huge = TestAgent::FindingOf("f0");
  for (int i = 0; i < 60; ++i) huge.add_paths(std::string(4000, 'p'));
  std::vector<std::unique_ptr<TestAgent>> agents;
  for (int i = 0; i < 3; ++i) {
    std::vector<v1::Finding> findings;
    for (int k = 0; k < 10; ++k) {
      findings.push_back(huge);
      findings.back().set_fingerprint(std::string("f").append(std::to_string(k)));
    }
    const std::string number = std::to_string(i);
    agents.push_back(Reporting(std::string("agt_").append(number), std::string("host-").append(number), findings));
  }
  v1::ListIncidentsResponse list;
  const grpc::Status status = Ask(&Stub::ListIncidents, v1::ListIncidentsRequest(), list);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(list.incidents_size(), 30);
  EXPECT_EQ(list.incidents(0).finding().paths_size(), 0);
  v1::GetIncidentRequest request;
  request.set_incident_id(list.incidents(0).incident_id());
  v1::Incident incident;
  ASSERT_TRUE(Ask(&Stub::GetIncident, request, incident).ok());
  EXPECT_EQ(incident.finding().paths_size(), 60);
  v1::GetAgentRequest one;
  one.set_agent("agt_0");
  v1::GetAgentResponse agent;
  ASSERT_TRUE(Ask(&Stub::GetAgent, one, agent).ok());
  EXPECT_EQ(agent.findings_size(), 10);
}

}  // namespace

}  // namespace fleet::coordinator
