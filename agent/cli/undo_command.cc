#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "common/terminal.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  std::string journal;
  bool json = false;
};

int Run(const Options& options) {
  const SystemClock clock;
  RepairEngine::Options engine_options;
  engine_options.state = StateFolder(options.targets);
  engine_options.pause = SleepFor;
  const absl::StatusOr<UndoRun> run = RepairEngine(clock, std::move(engine_options)).Undo(options.journal);
  if (!run.ok()) return ReportError(run.status());
  if (options.json) {
    std::cout << UndoJson(*run).dump(2) << '\n';
  } else {
    std::cout << UndoText(*run, WantsColour());
  }
  return run->refusal || !run->kept.empty() ? 1 : 0;
}

}  // namespace

void AddUndoCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("undo", "Take back everything one repair run changed");
  command->footer("Exit code: 0 all as before, 1 refused (nothing was changed), 2 could not run.");
  auto options = std::make_shared<Options>();
  command->add_option("journal", options->journal, "Id of the journal, as repair printed it")
      ->required()
      ->type_name("JOURNAL_ID");
  command->add_option("--state", options->targets.state, "The agent's own folder: journals, backups, quarantine")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
