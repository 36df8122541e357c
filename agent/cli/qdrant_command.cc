#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/configured_homes.h"
#include "agent/cli/qdrant_commands.h"
#include "agent/cli/qdrant_text.h"
#include "agent/cli/settings_options.h"
#include "agent/cli/targets.h"
#include "agent/probe/count_memory.h"
#include "agent/probe/probes.h"
#include "agent/store/durable_file.h"
#include "common/clock.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  CheckSettings settings;
  bool json = false;
};

// What is known of the Qdrant server of each home. Only the probes that this needs run.
absl::StatusOr<std::vector<QdrantState>> Look(const Options& options, const Clock& clock) {
  CheckSettings settings = options.settings;
  RETURN_IF_ERROR(ValidateSettings(settings));
  settings.state_folder = StateFolder(options.targets);
  ASSIGN_OR_RETURN(std::vector<HomeModel> homes, ConfiguredHomes(options.targets, settings));
  std::vector<QdrantState> states;
  for (HomeModel& home : homes) {
    ProbeQdrant(settings, home);
    QdrantState state;
    state.home = home.home.path;
    // The roots were not read, so that only these findings mean anything.
    for (Finding& finding : CheckHome(home, ToMillis(clock.Now()), settings)) {
      if (finding.component == "qdrant") state.findings.push_back(std::move(finding));
    }
    state.facts = std::move(home.qdrant);
    states.push_back(std::move(state));
  }
  return states;
}

int Status(const Options& options) {
  const absl::StatusOr<std::vector<QdrantState>> states = Look(options, SystemClock());
  if (!states.ok()) return ReportError(states.status());
  bool any_finding = false;
  bool any_unknown = false;
  for (const QdrantState& state : *states) {
    any_finding = any_finding || !state.findings.empty();
    any_unknown = any_unknown || !state.facts || state.facts->server == QdrantFacts::Server::kUnknown;
  }
  if (options.json) {
    std::cout << QdrantJson(*states).dump(2) << '\n';
  } else {
    std::cout << QdrantText(*states);
  }
  return any_finding ? 1 : any_unknown ? 2 : 0;
}

absl::StatusOr<std::string> AcceptCounts(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::vector<QdrantState> states, Look(options, clock));
  const std::string folder = StateFolder(options.targets);
  CountMemory memory = ReadCountMemory(folder);
  std::string text;
  for (const QdrantState& state : states) {
    if (!state.facts || !state.facts->found || !state.facts->found->points) {
      return FailedPrecondition("the collection of " + state.home +
                                " could not be counted, so there is nothing to accept; see dgmo-agent qdrant status");
    }
    Accept(*state.facts, ToMillis(clock.Now()), memory);
    text += "accepted: " + std::to_string(*state.facts->found->points) + " points in " + state.facts->collection +
            " of " + state.facts->url + "\n";
  }
  RETURN_IF_ERROR(MakeFolder(folder));
  RETURN_IF_ERROR(WriteDurably(folder + "/" + CountMemory::kFileName, CountMemoryText(memory)));
  return text;
}

int RunAccept(const Options& options) {
  const absl::StatusOr<std::string> text = AcceptCounts(options, SystemClock());
  if (!text.ok()) return ReportError(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace

void AddQdrantCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("qdrant", "Look at, back up and repair the Qdrant server that holds dgmo's long-term memory");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* status = command->add_subcommand("status", "Show the server, its collection and what is wrong with them");
  status->footer("Exit code: 0 no finding, 1 findings, 2 could not look.");
  AddTargetOptions(*status, options->targets);
  AddSettingsOptions(*status, options->settings);
  status->add_flag("--json", options->json, "Print one JSON document");
  status->callback([options, &exit_code] { exit_code = Status(*options); });
  CLI::App* accept = command->add_subcommand("accept", "Say that the number of points is right as it is now");
  AddTargetOptions(*accept, options->targets);
  AddSettingsOptions(*accept, options->settings);
  accept->callback([options, &exit_code] { exit_code = RunAccept(*options); });
  AddQdrantBackupCommand(*command, exit_code);
  AddQdrantVerifyCommand(*command, exit_code);
  AddQdrantRestoreCommand(*command, exit_code);
  AddQdrantCreateCommand(*command, exit_code);
  AddQdrantRevectorCommand(*command, exit_code);
  AddQdrantOptimizeCommand(*command, exit_code);
  AddQdrantRestartCommand(*command, exit_code);
  AddQdrantExportCommand(*command, exit_code);
}

}  // namespace fleet::agent
