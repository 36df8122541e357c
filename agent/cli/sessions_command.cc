#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/session_list.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  bool tree = false;
  bool json = false;
};

absl::StatusOr<std::vector<SessionRow>> Collect(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<SessionRow> rows;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    std::vector<SessionRow> more = ListSessions(home, CheckHome(home, ToMillis(clock.Now())));
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  return rows;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<SessionRow>> rows = Collect(options, SystemClock());
  if (!rows.ok()) return ReportError(rows.status());
  if (options.json) {
    std::cout << SessionsJson(*rows, options.tree).dump(2) << '\n';
  } else {
    std::cout << SessionsText(*rows, options.tree);
  }
  return 0;
}

}  // namespace

void AddSessionsCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("sessions", "List the sessions of all data roots, latest activity first");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_flag("--tree", options->tree, "Show what each session started below it");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
