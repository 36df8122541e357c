#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/check_options.h"
#include "agent/cli/check_report.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/look.h"
#include "agent/cli/selectors.h"
#include "agent/cli/targets.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/terminal.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  Selectors selectors;
  CheckOptions checks;
  bool quick = false;
  bool json = false;
};

// What --quick looks at beside the roots: nothing that reads much or waits long.
class QuickProbeRunner final : public ProbeRunner {
 public:
  bool Run(std::string_view name, absl::FunctionRef<void()> probe) override {
    if (name != "config" && name != "qdrant" && name != "filesystems") return false;
    probe();
    return true;
  }
};

absl::StatusOr<CheckReport> Check(CLI::App& command, Options& options, const Clock& clock) {
  RETURN_IF_ERROR(TakeCheckOptions(command, options.targets, options.checks));
  const CheckSettings& settings = options.checks.settings;
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  // A misspelt code is an error, not a healthy machine.
  RETURN_IF_ERROR(ExpandCodes(options.selectors.only, *settings.patterns).status());
  DirectProbeRunner direct;
  QuickProbeRunner quick;
  ProbeRunner& runner = options.quick ? static_cast<ProbeRunner&>(quick) : direct;
  const ScanDepth depth = options.quick ? ScanDepth::kWithoutMessages : ScanDepth::kAll;
  ASSIGN_OR_RETURN(const Look look, LookAt(targets, settings, runner, clock, depth));
  return ReportOf(look, options.selectors, *settings.patterns);
}

int Run(CLI::App& command, Options& options) {
  const absl::StatusOr<CheckReport> report = Check(command, options, SystemClock());
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
  AddCheckOptions(*command, options->checks);
  command->add_flag(
      "--quick", options->quick,
      "Only five lines: app, storage, sessions, sub-sessions, memory. Reads no message, backup or log: finds "
      "only what shows without them");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options); });
}

}  // namespace fleet::agent
