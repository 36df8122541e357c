#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/targets.h"
#include "agent/cli/task_list.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostShown = 30;

struct Options {
  Targets targets;
  bool json = false;
};

absl::StatusOr<std::vector<TaskReport>> Collect(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<TaskReport> reports;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    reports.push_back(ReadTasks(home, CheckSettings(), ToMillis(clock.Now())));
  }
  return reports;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<TaskReport>> reports = Collect(options, SystemClock());
  if (!reports.ok()) return ReportError(reports.status());
  bool stuck = false;
  nlohmann::ordered_json json = {{"homes", nlohmann::ordered_json::array()}};
  for (const TaskReport& report : *reports) {
    for (const TaskReport::Task& task : report.tasks) stuck = stuck || task.stuck;
    if (options.json) json["homes"].push_back(TaskJson(report));
    if (!options.json) std::cout << TaskText(report, kMostShown);
  }
  if (options.json) std::cout << json.dump(2) << '\n';
  return stuck ? 1 : 0;
}

}  // namespace

void AddTasksCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("tasks", "Show the agents that sessions started, and which of them are stuck");
  command->footer("Exit code: 0 none is stuck, 1 some are, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
