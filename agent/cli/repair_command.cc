#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/config_file.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/selectors.h"
#include "agent/cli/settings_options.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "common/rule_catalogue.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  Selectors selectors;
  CheckSettings settings;
  std::string config;
  std::vector<std::string> repairs;
  std::vector<std::string> consent;
  bool guide_permissions = false;
  bool plan = false;
  bool apply = false;
  bool json = false;
};

// A misspelt repair is an error, not a healthy machine.
absl::Status CheckIds(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto names = [&](const Rule& rule) { return rule.repair == id; };
    const bool known = FindRepair(id) != nullptr || FindServiceRepair(id) != nullptr ||
                       std::any_of(AllRules().begin(), AllRules().end(), names);
    if (!known)
      return InvalidArgument("no repair is called " + ToPrintable(id) + "; `dgmo-agent explain` lists them all");
  }
  return absl::OkStatus();
}

absl::StatusOr<RepairRun> Repair(const Options& options, const Clock& clock) {
  RETURN_IF_ERROR(ValidateSettings(options.settings));
  RETURN_IF_ERROR(CheckIds(options.repairs));
  RETURN_IF_ERROR(CheckIds(options.consent));
  RepairSelection selection;
  selection.repairs = options.repairs;
  selection.consent = options.consent;
  selection.session_id = options.selectors.session;
  if (!options.selectors.only.empty()) {
    ASSIGN_OR_RETURN(selection.codes, ExpandCodes(options.selectors.only));
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  RepairEngine::Options engine_options;
  engine_options.state = StateFolder(options.targets);
  engine_options.services = AllServiceRepairs();
  engine_options.settings = options.settings;
  engine_options.settings.state_folder = engine_options.state;
  engine_options.pause = SleepFor;
  if (options.guide_permissions) engine_options.repairs = AllRepairs(PermissionPolicy::kGuide);
  RepairEngine engine(clock, std::move(engine_options));
  return options.apply ? engine.Apply(targets, selection) : engine.Plan(targets, selection);
}

int Run(CLI::App& command, const Options& options) {
  if (!options.config.empty()) {
    if (const absl::Status read = ApplyConfigFile(command, options.config); !read.ok()) return ReportError(read);
  }
  const SystemClock clock;
  const absl::StatusOr<RepairRun> run = Repair(options, clock);
  if (!run.ok()) return ReportError(run.status());
  const std::string repeat = options.targets.state.empty() ? "" : " --state " + options.targets.state;
  if (options.json) {
    std::cout << RunJson(*run).dump(2) << '\n';
  } else {
    std::cout << (options.apply ? ResultText(*run, repeat, WantsColour()) : PlanText(*run, WantsColour()));
  }
  return run->Complete() ? 0 : 1;
}

}  // namespace

void AddRepairCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("repair", "Show what would be repaired, or with --apply do it");
  command->footer(
      "Every file that is changed is backed up first, verified afterwards and can be taken back with undo. What is "
      "done\n"
      "to processes and services (R-PORT, R-FDLIMIT, ...) is verified, too, but cannot be taken back.\n"
      "Exit code: 0 nothing to do or all verified, 1 something refused or failed (the data is unharmed), 2 could not "
      "run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddSelectorOptions(*command, options->selectors);
  command->add_option("--repair", options->repairs, "Only these repairs, comma separated")
      ->delimiter(',')
      ->type_name("R-NAME,...");
  command
      ->add_option("--consent", options->consent,
                   "Repairs you allow that are only done on request, or although dgmo runs")
      ->delimiter(',')
      ->type_name("R-NAME,...");
  command->add_flag("--guide-permissions", options->guide_permissions,
                    "R-PERM sets 0755 on folders and 0644 on files, as the guide does, where it only adds what is "
                    "missing else; secrets get 0600 all the same");
  CLI::Option* plan = command->add_flag("--plan", options->plan, "Only show what would be done (this is the default)");
  command->add_flag("--apply", options->apply, "Do it")->excludes(plan);
  AddSettingsOptions(*command, options->settings);
  command->add_option("--config", options->config, "Take options that are not named here from this file")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options); });
}

}  // namespace fleet::agent
