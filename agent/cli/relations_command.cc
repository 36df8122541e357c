#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/relations.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  bool json = false;
};

absl::StatusOr<std::vector<RootRelations>> Collect(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<RootRelations> roots;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    std::vector<RootRelations> more = RelationsOf(home, CheckHome(home, ToMillis(clock.Now())));
    std::move(more.begin(), more.end(), std::back_inserter(roots));
  }
  return roots;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<RootRelations>> roots = Collect(options, SystemClock());
  if (!roots.ok()) return ReportError(roots.status());
  std::cout << (options.json ? RelationsJson(*roots).dump(2) + "\n" : RelationsText(*roots));
  for (const RootRelations& root : *roots) {
    if (!root.findings.empty()) return 1;
  }
  return 0;
}

}  // namespace

void AddRelationsCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "relations", "Count parents, children, records and index entries, and say where they disagree");
  command->footer("Exit code: 0 all agree, 1 some do not, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
