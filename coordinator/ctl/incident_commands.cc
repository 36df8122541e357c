#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/enum_text.h"
#include "coordinator/ctl/incident_text.h"

namespace fleet::coordinator {

namespace {

struct Filter {
  std::vector<std::string> severities;
  std::vector<std::string> states;
  std::string agent;
  std::string code;
};

Outcome List(Session& session, const Filter& filter) {
  v1::ListIncidentsRequest request;
  for (const std::string& severity : filter.severities) {
    request.add_severities(static_cast<v1::Severity>(EnumNamed(*v1::Severity_descriptor(), severity)));
  }
  for (const std::string& state : filter.states) {
    request.add_states(static_cast<v1::IncidentState>(EnumNamed(*v1::IncidentState_descriptor(), state)));
  }
  request.set_code(filter.code);
  if (!filter.agent.empty()) {
    v1::GetAgentRequest lookup;
    lookup.set_agent(filter.agent);
    const auto agent = session.client.Call(&FleetClient::Stub::GetAgent, lookup);
    if (!agent.ok()) return agent.status();
    request.set_agent_id(agent->agent().agent_id());
  }
  const auto answer = session.client.CallAllPages(&FleetClient::Stub::ListIncidents, request);
  if (!answer.ok()) return answer.status();
  const bool none = answer->incidents_size() == 0;
  session.Print(*answer, none ? "No incidents\n" : IncidentTableText(answer->incidents(), session.screen));
  return kFine;
}

Outcome Show(Session& session, const std::string& id) {
  v1::GetIncidentRequest request;
  request.set_incident_id(id);
  const auto answer = session.client.Call(&FleetClient::Stub::GetIncident, request);
  if (!answer.ok()) return answer.status();
  session.Print(*answer, IncidentText(*answer, session.screen));
  return kFine;
}

}  // namespace

void AddIncidentCommands(CLI::App& app, Command& chosen) {
  CLI::App* incidents = app.add_subcommand("incidents", "What somebody must respond to")->require_subcommand(1);

  CLI::App* list = incidents->add_subcommand("list", "Incidents; without --state the ones that are not resolved");
  auto filter = std::make_shared<Filter>();
  list->add_option("--severity", filter->severities, "Only P0, P1, P2 or P3")
      ->delimiter(',')
      ->check(CLI::IsMember({"P0", "P1", "P2", "P3"}));
  list->add_option("--state", filter->states, "open, repairing or resolved")
      ->delimiter(',')
      ->check(CLI::IsMember({"open", "repairing", "resolved"}));
  list->add_option("--agent", filter->agent, "Only of this machine (id, unique beginning of it, or host name)");
  list->add_option("--code", filter->code, "Only of this finding code");
  list->callback([&chosen, filter] { chosen = [filter](Session& session) { return List(session, *filter); }; });

  CLI::App* show = incidents->add_subcommand("show", "One incident with its timeline");
  auto id = std::make_shared<std::string>();
  show->add_option("INCIDENT", *id, "Its id")->required();
  show->callback([&chosen, id] { chosen = [id](Session& session) { return Show(session, *id); }; });
}

}  // namespace fleet::coordinator
