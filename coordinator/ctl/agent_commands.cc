#include "coordinator/ctl/agent_text.h"
#include "coordinator/ctl/commands.h"

namespace fleet::coordinator {

namespace {

Outcome List(Session& session, const v1::ListAgentsRequest& request) {
  const auto answer = session.client.CallAllPages(&FleetClient::Stub::ListAgents, request);
  if (!answer.ok()) return answer.status();
  session.Print(*answer,
                answer->agents_size() == 0 ? "No machines\n" : AgentTableText(answer->agents(), session.screen));
  return kFine;
}

Outcome Show(Session& session, const std::string& name) {
  v1::GetAgentRequest request;
  request.set_agent(name);
  const auto answer = session.client.Call(&FleetClient::Stub::GetAgent, request);
  if (!answer.ok()) return answer.status();
  session.Print(*answer, AgentText(*answer, session.screen));
  return kFine;
}

}  // namespace

void AddAgentCommands(CLI::App& app, Command& chosen) {
  CLI::App* agents = app.add_subcommand("agents", "The machines")->require_subcommand(1);

  CLI::App* list = agents->add_subcommand("list", "All machines");
  auto health = std::make_shared<std::vector<std::string>>();
  auto connectivity = std::make_shared<std::vector<std::string>>();
  list->add_option("--health", *health, "Only those that are healthy, warning, critical, recovering or emergency")
      ->delimiter(',')
      ->check(CLI::IsMember({"healthy", "warning", "critical", "recovering", "emergency"}));
  list->add_option("--connectivity", *connectivity, "Only those that are online, stale or offline")
      ->delimiter(',')
      ->check(CLI::IsMember({"online", "stale", "offline"}));
  list->callback([&chosen, health, connectivity] {
    v1::ListAgentsRequest request;
    request.mutable_health()->Add(health->begin(), health->end());
    request.mutable_connectivity()->Add(connectivity->begin(), connectivity->end());
    chosen = [request](Session& session) { return List(session, request); };
  });

  CLI::App* show = agents->add_subcommand("show", "One machine: its findings and its last commands");
  auto name = std::make_shared<std::string>();
  show->add_option("AGENT", *name, "Its id, a unique beginning of it, or its host name")->required();
  show->callback([&chosen, name] { chosen = [name](Session& session) { return Show(session, *name); }; });
}

}  // namespace fleet::coordinator
