#include <memory>

#include "agent/cli/qdrant_commands.h"
#include "agent/cli/qdrant_scene.h"
#include "agent/qdrant/create.h"
#include "agent/qdrant/optimize.h"
#include "agent/qdrant/restart.h"
#include "agent/qdrant/revector.h"

namespace fleet::agent {

namespace {

constexpr char kExitCodes[] = "Exit code: 0 done and verified, or nothing to do; 1 refused or failed; 2 could not run.";

struct RevectorCommand {
  QdrantOptions common;
  RevectorOptions revector;
  bool roll_back = false;
};
int RunRevectorCommand(const RevectorCommand& options) {
  return RunOperation(
      options.common, "revector", [&](const QdrantScene& scene) { return PlanRevector(scene, options.revector); },
      [&](const QdrantScene& scene) {
        return options.roll_back ? RollBackRevector(scene) : RunRevector(scene, options.revector);
      });
}

struct CreateCommand {
  QdrantOptions common;
  bool although_backup = false;
};
int RunCreateCommand(const CreateCommand& options) {
  return RunOperation(
      options.common, "create",
      [&](const QdrantScene& scene) { return PlanQdrantCreate(scene, options.although_backup); },
      [&](const QdrantScene& scene) { return RunQdrantCreate(scene, options.although_backup); });
}

struct OptimizeCommand {
  QdrantOptions common;
  std::string field;
  std::string type = "keyword";
};
int RunOptimizeCommand(const OptimizeCommand& options) {
  return RunOperation(options.common, "optimize", PlanQdrantOptimize, [&](const QdrantScene& scene) {
    return options.field.empty() ? RunQdrantOptimize(scene) : RunQdrantIndex(scene, options.field, options.type);
  });
}

struct RestartCommand {
  QdrantOptions common;
  RestartOptions restart;
};
int RunRestartCommand(const RestartCommand& options) {
  return RunOperation(
      options.common, "restart", [&](const QdrantScene& scene) { return PlanQdrantRestart(scene, options.restart); },
      [&](const QdrantScene& scene) { return RunQdrantRestart(scene, options.restart); });
}

}  // namespace

void AddQdrantRevectorCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command = qdrant.add_subcommand(
      "revector", "Give the vectors of a collection the name that the MCP server uses, without losing a point");
  command->footer(std::string("Run again after it was ended, it finishes. ") + kExitCodes);
  auto options = std::make_shared<RevectorCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_flag("--same-model", options->revector.same_model,
                    "You know that the home's embedding model made the vectors");
  command->add_flag("--rollback", options->roll_back, "Take one back that was ended before it replaced the collection");
  command->callback([options, &exit_code] { exit_code = RunRevectorCommand(*options); });
}

void AddQdrantCreateCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command =
      qdrant.add_subcommand("create", "Make the collection that the MCP server expects, only where there is none");
  command->footer(kExitCodes);
  auto options = std::make_shared<CreateCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_flag("--although-backup", options->although_backup, "Begin empty although there is a good snapshot");
  command->callback([options, &exit_code] { exit_code = RunCreateCommand(*options); });
}

void AddQdrantOptimizeCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command = qdrant.add_subcommand("optimize", "Start the optimisations of a collection that wait");
  command->footer(kExitCodes);
  auto options = std::make_shared<OptimizeCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_option("--index", options->field, "Make an index over this field of the payload instead")
      ->type_name("FIELD");
  command->add_option("--type", options->type, "Type of that field")->capture_default_str()->type_name("TYPE");
  command->callback([options, &exit_code] { exit_code = RunOptimizeCommand(*options); });
}

void AddQdrantRestartCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command =
      qdrant.add_subcommand("restart", "Restart the server: its Docker container, or its unit of systemd");
  command->footer(kExitCodes);
  auto options = std::make_shared<RestartCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_flag("--although-well", options->restart.although_well, "Also when it answers and is ready");
  command->callback([options, &exit_code] { exit_code = RunRestartCommand(*options); });
}

}  // namespace fleet::agent
