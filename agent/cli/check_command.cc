#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/check_report.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/selectors.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/terminal.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  Selectors selectors;
  bool quick = false;
  bool json = false;
};

absl::StatusOr<CheckReport> Check(const Options& options, const Clock& clock) {
  const MonoTime begin = clock.Mono();
  // A misspelt code is an error, not a healthy machine.
  RETURN_IF_ERROR(ExpandCodes(options.selectors.only).status());
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  CheckReport report;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    std::vector<Finding> findings = CheckHome(home, ToMillis(clock.Now()));
    ASSIGN_OR_RETURN(findings, Select(options.selectors, home, std::move(findings)));
    AddHome(home, std::move(findings), report);
  }
  report.seconds = std::chrono::duration<double>(clock.Mono() - begin).count();
  return report;
}

int Run(const Options& options) {
  const absl::StatusOr<CheckReport> report = Check(options, SystemClock());
  if (!report.ok()) return ReportError(report.status());
  if (options.json) {
    std::cout << ReportJson(*report).dump(2) << '\n';
  } else {
    std::cout << (options.quick ? QuickText(*report) : ReportText(*report, WantsColour()));
  }
  return report->findings.empty() ? 0 : 1;
}

}  // namespace

void AddCheckCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("check", "Look for faults in dgmo's data; changes nothing");
  command->footer("Exit code: 0 no finding, 1 findings, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddSelectorOptions(*command, options->selectors);
  command->add_flag("--quick", options->quick, "Only four lines: app, storage, sessions, sub-sessions");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
