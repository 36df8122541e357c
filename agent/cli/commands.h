#pragma once

#include <CLI/App.hpp>

namespace fleet::agent {

// Each adds one subcommand to the program. When the command line names it, its callback runs it and sets
// `exit_code`: 0 fine, 1 findings or refusals, 2 could not run.
void AddCheckCommand(CLI::App& app, int& exit_code);
void AddDiagnoseCommand(CLI::App& app, int& exit_code);
void AddRelationsCommand(CLI::App& app, int& exit_code);
void AddSelfTestCommand(CLI::App& app, int& exit_code);
void AddStorageProbeCommand(CLI::App& app, int& exit_code);
void AddTempCommand(CLI::App& app, int& exit_code);
void AddValidateCommand(CLI::App& app, int& exit_code);
void AddExplainCommand(CLI::App& app, int& exit_code);
void AddSessionsCommand(CLI::App& app, int& exit_code);
void AddWhereCommand(CLI::App& app, int& exit_code);
void AddReadyCommand(CLI::App& app, int& exit_code);
void AddMapCommand(CLI::App& app, int& exit_code);
void AddVisionCommand(CLI::App& app, int& exit_code);
void AddRepairCommand(CLI::App& app, int& exit_code);
void AddUndoCommand(CLI::App& app, int& exit_code);
void AddJournalCommand(CLI::App& app, int& exit_code);
void AddLogsCommand(CLI::App& app, int& exit_code);
void AddTasksCommand(CLI::App& app, int& exit_code);
void AddPerformanceCommand(CLI::App& app, int& exit_code);
void AddBackupCommand(CLI::App& app, int& exit_code);
void AddBackupsCommand(CLI::App& app, int& exit_code);
void AddRestoreCommand(CLI::App& app, int& exit_code);
void AddVerifyBackupCommand(CLI::App& app, int& exit_code);
void AddDrillCommand(CLI::App& app, int& exit_code);
void AddBundleCommand(CLI::App& app, int& exit_code);
void AddWatchCommand(CLI::App& app, int& exit_code);
void AddRunCommand(CLI::App& app, int& exit_code);
void AddQdrantCommand(CLI::App& app, int& exit_code);
void AddMcpCommand(CLI::App& app, int& exit_code);
void AddBypassCommand(CLI::App& app, int& exit_code);
void AddArchiveCommand(CLI::App& app, int& exit_code);
void AddMigrateCommand(CLI::App& app, int& exit_code);
void AddConsolidateCommand(CLI::App& app, int& exit_code);

}  // namespace fleet::agent
