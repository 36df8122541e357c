#include "common/time_text.h"
#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/notice_text.h"

namespace fleet::coordinator {

namespace {

struct Filter {
  std::string incident;
  std::vector<std::string> states;
};

Outcome List(Session& session, const Filter& filter) {
  v1::ListNoticesRequest request;
  request.set_incident_id(filter.incident);
  request.mutable_states()->Add(filter.states.begin(), filter.states.end());
  const auto answer = session.client.CallAllPages(&FleetClient::Stub::ListNotices, request);
  if (!answer.ok()) return answer.status();
  const bool none = answer->notices_size() == 0;
  session.Print(*answer, none ? "No notices\n" : NoticeTableText(answer->notices(), session.screen));
  return kFine;
}

}  // namespace

void AddNoticeCommand(CLI::App& app, Command& chosen) {
  CLI::App* notices = app.add_subcommand("notices", "Who was told of incidents, who will be, and who could not be");
  auto filter = std::make_shared<Filter>();
  notices->add_option("--incident", filter->incident, "Only of this incident (its whole id)");
  notices->add_option("--state", filter->states, "waiting, delivered or dead (refused, or given up after a day)")
      ->delimiter(',')
      ->check(CLI::IsMember({"waiting", "delivered", "dead"}));
  notices->callback([&chosen, filter] { chosen = [filter](Session& session) { return List(session, *filter); }; });
}

}  // namespace fleet::coordinator
