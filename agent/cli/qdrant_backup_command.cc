#include <iostream>
#include <memory>

#include "agent/cli/command_error.h"
#include "agent/cli/qdrant_commands.h"
#include "agent/cli/qdrant_scene.h"
#include "agent/qdrant/backup.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/restore.h"

namespace fleet::agent {

namespace {

// Every collection of the server unless one is named.
int RunBackup(const QdrantOptions& options) {
  const bool all = options.collection.empty();
  const auto scene = QdrantCommandScene::Of(options);
  if (!scene.ok() && !IsRefusal(scene.status())) return ReportError(scene.status());
  absl::StatusOr<OperationReport> report = OperationReport();
  std::string_view outcome = options.dry_run ? "planned" : "done";
  if (!scene.ok()) {
    report = scene.status();
  } else if (options.dry_run) {
    report = PlanQdrantBackup((*scene)->scene(), all);
  } else {
    absl::StatusOr<QdrantBackupRun> run = RunQdrantBackup((*scene)->scene(), all);
    if (run.ok() && run->failed > 0) {
      outcome = run->failed == static_cast<int>(run->report.facts["collections"].size()) ? "failed" : "incomplete";
    }
    if (run.ok()) report = std::move(run->report);
    if (!run.ok()) report = run.status();
  }
  return PrintOutcome(options, {"backup", outcome, report});
}

struct RestoreCommand {
  QdrantOptions common;
  RestoreOptions restore;
};

int RunRestore(const RestoreCommand& options) {
  return RunOperation(
      options.common, "restore", [&](const QdrantScene& scene) { return PlanQdrantRestore(scene, options.restore); },
      [&](const QdrantScene& scene) { return RunQdrantRestore(scene, options.restore); });
}

}  // namespace

void AddQdrantBackupCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command = qdrant.add_subcommand(
      "backup", "Save collections of the server in verified snapshots on this machine: all, or the one named");
  command->footer(
      "A snapshot is kept for 14 days; the three newest good ones always are, and none goes when the newest run "
      "failed.\nThe key of the server is that of the MCP entry, else the environment's QDRANT_API_KEY.\n"
      "Exit code: 0 all saved, 1 something refused or failed, 2 could not run.");
  auto options = std::make_shared<QdrantOptions>();
  AddQdrantOptions(*command, *options, "--to");
  command->callback([options, &exit_code] { exit_code = RunBackup(*options); });
}

void AddQdrantRestoreCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command =
      qdrant.add_subcommand("restore", "Bring a collection back from its newest good snapshot, or from the one named");
  command->footer(
      "The collection as it is then is saved first, and nothing is deleted.\n"
      "Exit code: 0 restored and verified, 1 refused or failed, 2 could not run.");
  auto options = std::make_shared<RestoreCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_option("--snapshot", options->restore.snapshot, "Snapshot on this machine")->type_name("FILE");
  command->add_flag("--same-model", options->restore.same_model,
                    "You know that the home's embedding model made the vectors of the snapshot");
  command->callback([options, &exit_code] { exit_code = RunRestore(*options); });
}

}  // namespace fleet::agent
