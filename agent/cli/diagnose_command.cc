#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/check_options.h"
#include "agent/cli/check_report.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/look.h"
#include "agent/cli/new_file.h"
#include "agent/cli/relations.h"
#include "agent/cli/root_table.h"
#include "agent/cli/selectors.h"
#include "agent/cli/targets.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  CheckOptions checks;
  std::string output;
  bool json = false;
};

// Everything the agent can say about the targets, each part as its own command shows it.
struct Diagnosis {
  std::int64_t taken_ms = 0;
  std::vector<RootRow> roots;
  std::vector<RootRelations> relations;
  CheckReport report;
};

absl::StatusOr<Diagnosis> Diagnose(CLI::App& command, Options& options, const Clock& clock) {
  RETURN_IF_ERROR(TakeCheckOptions(command, options.targets, options.checks));
  const CheckSettings& settings = options.checks.settings;
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  DirectProbeRunner runner;
  ASSIGN_OR_RETURN(const Look look, LookAt(targets, settings, runner, clock));
  Diagnosis diagnosis;
  diagnosis.taken_ms = look.taken_ms;
  for (std::size_t i = 0; i < look.homes.size(); ++i) {
    for (RootRow& row : RootRows(look.homes[i])) diagnosis.roots.push_back(std::move(row));
    for (RootRelations& root : RelationsOf(look.homes[i], look.findings[i])) {
      diagnosis.relations.push_back(std::move(root));
    }
  }
  ASSIGN_OR_RETURN(diagnosis.report, ReportOf(look, Selectors(), *settings.patterns));
  return diagnosis;
}

nlohmann::ordered_json Json(const Diagnosis& diagnosis) {
  nlohmann::ordered_json json;
  json["taken"] = TimeText(diagnosis.taken_ms);
  json["agent_version"] = FLEET_VERSION;
  json["paths"] = RootTableJson(diagnosis.roots);
  json["relations"] = RelationsJson(diagnosis.relations)["roots"];
  json["check"] = ReportJson(diagnosis.report);
  return json;
}

std::string Text(const Diagnosis& diagnosis) {
  return "Where the data lies (dgmo writes one of these and lists only that one)\n" + RootTableText(diagnosis.roots) +
         "\nHow it hangs together\n" + RelationsText(diagnosis.relations) + "\nWhat is wrong\n" +
         ReportText(diagnosis.report, WantsColour());
}

int Run(CLI::App& command, Options& options) {
  const absl::StatusOr<Diagnosis> diagnosis = Diagnose(command, options, SystemClock());
  if (!diagnosis.ok()) return ReportError(diagnosis.status());
  if (!options.output.empty()) {
    const absl::Status written = WriteNewFile(options.output, Json(*diagnosis).dump(2) + "\n");
    if (!written.ok()) return ReportError(written);
  }
  std::cout << (options.json ? Json(*diagnosis).dump(2) + "\n" : Text(*diagnosis));
  return diagnosis->report.findings.empty() ? 0 : 1;
}

}  // namespace

void AddDiagnoseCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "diagnose", "The whole picture: where the data lies, how it hangs together, what is wrong; changes nothing");
  command->footer("Exit code: 0 no finding, 1 findings, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddCheckOptions(*command, options->checks);
  command->add_option("-o,--output", options->output, "Also write it as one JSON document to a new file")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options); });
}

}  // namespace fleet::agent
