#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/enum_text.h"
#include "coordinator/ctl/incident_text.h"
#include "coordinator/duration_flag.h"

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

// What a person says of an incident.
struct Words {
  std::string incident;
  std::string who = PersonAtWork();
  std::string note;
  std::int64_t lease_ms = 0;
};

template <class Request>
Outcome Tell(Session& session, const Request& request,
             grpc::Status (FleetClient::Stub::*method)(grpc::ClientContext*, const Request&, v1::Incident*)) {
  const auto answer = session.client.Call(method, request);
  if (!answer.ok()) return answer.status();
  session.Print(*answer, IncidentText(*answer, session.screen));
  return kFine;
}

Outcome Acknowledge(Session& session, const Words& words) {
  v1::AcknowledgeIncidentRequest request;
  request.set_incident_id(words.incident);
  request.set_owner(words.who);
  request.set_lease_ms(words.lease_ms);
  request.set_note(words.note);
  return Tell(session, request, &FleetClient::Stub::AcknowledgeIncident);
}

Outcome Release(Session& session, const Words& words) {
  v1::ReleaseIncidentRequest request;
  request.set_incident_id(words.incident);
  request.set_author(words.who);
  request.set_note(words.note);
  return Tell(session, request, &FleetClient::Stub::ReleaseIncident);
}

Outcome Note(Session& session, const Words& words) {
  v1::NoteIncidentRequest request;
  request.set_incident_id(words.incident);
  request.set_author(words.who);
  request.set_text(words.note);
  return Tell(session, request, &FleetClient::Stub::NoteIncident);
}

CLI::App* AddCareCommand(CLI::App& incidents, Command& chosen, const char* name, const char* help,
                         const std::shared_ptr<Words>& words, Outcome (*run)(Session&, const Words&)) {
  CLI::App* command = incidents.add_subcommand(name, help);
  command->add_option("INCIDENT", words->incident, "Its id, or a unique beginning of it")->required();
  command->callback(
      [&chosen, words, run] { chosen = [words, run](Session& session) { return run(session, *words); }; });
  return command;
}

// What people do with one.
void AddCare(CLI::App& incidents, Command& chosen) {
  auto words = std::make_shared<Words>();
  CLI::App* ack = AddCareCommand(
      incidents, chosen, "ack",
      "Take one on: its response clock stands still until the acknowledgement runs out. Again: keep it for longer",
      words, Acknowledge);
  ack->add_option("--owner", words->who, "Who takes it on; another one than now takes it over")->capture_default_str();
  ack->add_option("--for", words->lease_ms, "For how long (default by severity: P0 1h, P1 4h, P2 24h, P3 72h)")
      ->transform(DurationMs());
  ack->add_option("--note", words->note, "A line for the timeline");

  CLI::App* release =
      AddCareCommand(incidents, chosen, "release", "Give one back: its response clock goes on", words, Release);
  release->add_option("--author", words->who, "Who gives it back")->capture_default_str();
  release->add_option("--note", words->note, "A line for the timeline");

  CLI::App* note = AddCareCommand(incidents, chosen, "note", "Add a line to the timeline of one", words, Note);
  note->add_option("TEXT", words->note, "The line")->required();
  note->add_option("--author", words->who, "Who says it")->capture_default_str();
}

}  // namespace

void AddIncidentCommands(CLI::App& app, Command& chosen) {
  CLI::App* incidents = app.add_subcommand("incidents", "What somebody must respond to")->require_subcommand(1);

  CLI::App* list = incidents->add_subcommand("list", "Incidents; without --state the ones that are not resolved");
  auto filter = std::make_shared<Filter>();
  list->add_option("--severity", filter->severities, "Only P0, P1, P2 or P3")
      ->delimiter(',')
      ->check(CLI::IsMember({"P0", "P1", "P2", "P3"}));
  list->add_option("--state", filter->states, "open, acknowledged, repairing or resolved")
      ->delimiter(',')
      ->check(CLI::IsMember({"open", "acknowledged", "repairing", "resolved"}));
  list->add_option("--agent", filter->agent, "Only of this machine (id, unique beginning of it, or host name)");
  list->add_option("--code", filter->code, "Only of this finding code");
  list->callback([&chosen, filter] { chosen = [filter](Session& session) { return List(session, *filter); }; });

  CLI::App* show = incidents->add_subcommand("show", "One incident with its timeline");
  auto id = std::make_shared<std::string>();
  show->add_option("INCIDENT", *id, "Its id")->required();
  show->callback([&chosen, id] { chosen = [id](Session& session) { return Show(session, *id); }; });
  AddCare(*incidents, chosen);
}

}  // namespace fleet::coordinator
