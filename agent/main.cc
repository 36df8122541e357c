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
  fleet::agent::AddRunCommand(app, exit_code);
  fleet::agent::AddRepairCommand(app, exit_code);
  fleet::agent::AddUndoCommand(app, exit_code);
  fleet::agent::AddJournalCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::cerr << "error: " << fleet::ToPrintable(error.what()) << "; see dgmo-agent --help\n";
    return 2;
  }
  return exit_code;
}
