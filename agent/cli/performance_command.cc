#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/check_options.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/performance_report.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/proc_text.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/terminal.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  CheckOptions checks;
  bool json = false;
};

void KeepOwn(std::vector<Finding> findings, PerformanceReport& report) {
  static constexpr std::string_view kCodes[] = {"FD_LIMIT_NEAR", "MEM_PRESSURE", "LOAD_SLOW"};
  for (Finding& finding : findings) {
    if (std::find(std::begin(kCodes), std::end(kCodes), finding.code) == std::end(kCodes)) continue;
    report.findings.push_back(std::move(finding));
  }
}

absl::StatusOr<PerformanceReport> Measure(CLI::App& command, Options& options) {
  RETURN_IF_ERROR(TakeCheckOptions(command, options.targets, options.checks));
  const CheckSettings& settings = options.checks.settings;
  const std::int64_t now_ms = ToMillis(SystemClock().Now());
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  PerformanceReport report;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomeModel home, Inspect(target, SleepFor));
    ProbeLoad(settings, home);
    AddHome(home, report);
    KeepOwn(CheckHome(home, now_ms, settings), report);
  }
  MachineModel machine;
  ProbeProcesses(settings, {}, machine);
  KeepOwn(CheckMachine(machine, now_ms, settings), report);
  report.processes = std::move(machine.processes).value_or(ProcessFacts{});
  report.load_averages = ParseLoadAverages(ReadProcFile("/proc/loadavg").value_or("")).value_or(std::vector<double>{});
  return report;
}

int Run(CLI::App& command, Options& options) {
  const absl::StatusOr<PerformanceReport> report = Measure(command, options);
  if (!report.ok()) return ReportError(report.status());
  if (options.json) {
    std::cout << PerformanceJson(*report).dump(2) << '\n';
  } else {
    std::cout << PerformanceText(*report, WantsColour());
  }
  return report->findings.empty() ? 0 : 1;
}

}  // namespace

void AddPerformanceCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("performance", "Measure how fast sessions load, and show memory, load and processes");
  command->footer("Exit code: 0 nothing is slow or short, 1 findings, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddCheckOptions(*command, options->checks);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options); });
}

}  // namespace fleet::agent
