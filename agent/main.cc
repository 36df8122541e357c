#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>

#include "agent/cli/commands.h"
#include "common/utf8.h"

int main(int argc, char** argv) {
  CLI::App app("Checks, repairs and reports the data of dgmo on this workstation.", "dgmo-agent");
  app.set_version_flag("--version", "dgmo-agent " FLEET_VERSION);
  app.require_subcommand(1);
  int exit_code = 0;
  fleet::agent::AddCheckCommand(app, exit_code);
  fleet::agent::AddExplainCommand(app, exit_code);
  fleet::agent::AddSessionsCommand(app, exit_code);
  fleet::agent::AddWhereCommand(app, exit_code);
  fleet::agent::AddReadyCommand(app, exit_code);
  fleet::agent::AddMapCommand(app, exit_code);
  fleet::agent::AddVisionCommand(app, exit_code);
  fleet::agent::AddDiagnoseCommand(app, exit_code);
  fleet::agent::AddValidateCommand(app, exit_code);
  fleet::agent::AddRelationsCommand(app, exit_code);
  fleet::agent::AddTempCommand(app, exit_code);
  fleet::agent::AddStorageProbeCommand(app, exit_code);
  fleet::agent::AddSelfTestCommand(app, exit_code);
  fleet::agent::AddLogsCommand(app, exit_code);
  fleet::agent::AddTasksCommand(app, exit_code);
  fleet::agent::AddPerformanceCommand(app, exit_code);
  fleet::agent::AddBackupCommand(app, exit_code);
  fleet::agent::AddBackupsCommand(app, exit_code);
  fleet::agent::AddRestoreCommand(app, exit_code);
  fleet::agent::AddVerifyBackupCommand(app, exit_code);
  fleet::agent::AddDrillCommand(app, exit_code);
  fleet::agent::AddBundleCommand(app, exit_code);
  fleet::agent::AddWatchCommand(app, exit_code);
  fleet::agent::AddRunCommand(app, exit_code);
  fleet::agent::AddRepairCommand(app, exit_code);
  fleet::agent::AddUndoCommand(app, exit_code);
  fleet::agent::AddJournalCommand(app, exit_code);
  fleet::agent::AddQdrantCommand(app, exit_code);
  fleet::agent::AddMcpCommand(app, exit_code);
  fleet::agent::AddBypassCommand(app, exit_code);
  fleet::agent::AddConsolidateCommand(app, exit_code);
  fleet::agent::AddArchiveCommand(app, exit_code);
  fleet::agent::AddMigrateCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::cerr << "error: " << fleet::ToPrintable(error.what()) << "; see dgmo-agent --help\n";
    return 2;
  }
  return exit_code;
}
