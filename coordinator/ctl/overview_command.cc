#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/overview_text.h"

namespace fleet::coordinator {

void AddOverviewCommand(CLI::App& app, Command& chosen) {
  CLI::App* overview = app.add_subcommand("overview", "The whole fleet on one screen");
  auto limit = std::make_shared<int>(10);
  overview->add_option("--limit", *limit, "How many machines and incidents to name")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  overview->callback([&chosen, limit] {
    chosen = [limit](Session& session) -> Outcome {
      v1::GetOverviewRequest request;
      request.set_limit(*limit);
      const auto answer = session.client.Call(&FleetClient::Stub::GetOverview, request);
      if (!answer.ok()) return answer.status();
      session.Print(*answer, OverviewText(*answer, session.screen));
      return kFine;
    };
  });
}

}  // namespace fleet::coordinator
