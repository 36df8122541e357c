#pragma once

#include <CLI/App.hpp>

namespace fleet::agent {

// Each adds one subcommand of `dgmo-agent qdrant`.
void AddQdrantBackupCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantVerifyCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantRestoreCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantRevectorCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantCreateCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantOptimizeCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantRestartCommand(CLI::App& qdrant, int& exit_code);
void AddQdrantExportCommand(CLI::App& qdrant, int& exit_code);

}  // namespace fleet::agent
