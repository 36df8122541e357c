#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/targets.h"
#include "agent/cli/validation.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  std::vector<std::string> files;
  bool json = false;
};

absl::StatusOr<ValidationReport> Validate(const Options& options) {
  ValidationReport report;
  for (const std::string& file : options.files) AddFile(file, report);
  if (!options.files.empty()) return report;
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomeModel home, Inspect(target, SleepFor));
    if (!target.home.path.empty()) ProbeConfig({}, home);
    AddHome(home, report);
  }
  return report;
}

int Run(const Options& options) {
  const absl::StatusOr<ValidationReport> report = Validate(options);
  if (!report.ok()) return ReportError(report.status());
  std::cout << (options.json ? ValidationJson(*report).dump(2) + "\n" : ValidationText(*report));
  // Of files that were named, one that cannot be read could not be validated.
  if (!options.files.empty() && !report->unreadable.empty()) {
    return ReportError(NotFound("cannot read every file named; give existing regular files"));
  }
  return report->invalid.empty() && report->unreadable.empty() ? 0 : 1;
}

}  // namespace

void AddValidateCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("validate",
                                         "Read every JSON file of dgmo's, or the files named, and say where "
                                         "each is broken");
  command->footer("Exit code: 0 all valid, 1 some are not, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("file", options->files, "Files to read instead")->type_name("FILE");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
