#pragma once

#include <CLI/App.hpp>

namespace fleet::agent {

// Each adds one subcommand to the program. When the command line names it, its callback runs it and sets
// `exit_code`: 0 fine, 1 findings or refusals, 2 could not run.
void AddCheckCommand(CLI::App& app, int& exit_code);
void AddExplainCommand(CLI::App& app, int& exit_code);
void AddSessionsCommand(CLI::App& app, int& exit_code);
void AddWhereCommand(CLI::App& app, int& exit_code);
void AddRepairCommand(CLI::App& app, int& exit_code);
void AddUndoCommand(CLI::App& app, int& exit_code);
void AddJournalCommand(CLI::App& app, int& exit_code);
void AddRunCommand(CLI::App& app, int& exit_code);

}  // namespace fleet::agent
