#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/targets.h"
#include "agent/probe/storage_probe.h"
#include "agent/store/find_roots.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  bool json = false;
};

std::string MillisecondsText(std::int64_t microseconds) {
  const std::string text = std::to_string(microseconds / 1'000) + "." + std::to_string(microseconds % 1'000 / 100);
  return text + " ms";
}

std::string Text(const StorageTrial& trial) {
  std::string text = (trial.failed.empty() ? "✅ " : "❌ ") + ToPrintable(trial.folder) + "\n  ";
  std::int64_t total = 0;
  for (const StorageTrial::Step& step : trial.steps) {
    text += " " + step.name + " " + MillisecondsText(step.microseconds) + ",";
    total += step.microseconds;
  }
  if (trial.failed.empty()) return text + " in all " + MillisecondsText(total) + "\n";
  return text + " then failed: " + ToPrintable(MessageOf(trial.why)) + "\n";
}

nlohmann::ordered_json Json(const std::vector<StorageTrial>& trials) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const StorageTrial& trial : trials) {
    nlohmann::ordered_json steps = nlohmann::ordered_json::array();
    for (const StorageTrial::Step& step : trial.steps) {
      steps.push_back({{"step", step.name}, {"microseconds", step.microseconds}});
    }
    nlohmann::ordered_json entry = {{"folder", ToUtf8(trial.folder)},
                                    {"ok", trial.failed.empty()},
                                    {"steps", steps},
                                    {"failed", nullptr},
                                    {"reason", nullptr}};
    if (!trial.failed.empty()) {
      entry["failed"] = trial.failed;
      entry["reason"] = ToUtf8(MessageOf(trial.why));
    }
    list.push_back(std::move(entry));
  }
  return {{"trials", list}};
}

absl::StatusOr<std::vector<StorageTrial>> TryAll(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<StorageTrial> trials;
  for (const Target& target : targets) {
    std::map<std::string, Unreadable> unreadable;
    for (const Root& root :
         target.explicit_roots.empty() ? FindRoots(target.home, unreadable) : target.explicit_roots) {
      if (root.kind != RootKind::kForeign) trials.push_back(TryStorage(root.path, clock));
    }
  }
  if (trials.empty()) return NotFound("no data root to try; name one with --root, or another home with --home");
  return trials;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<StorageTrial>> trials = TryAll(options, SystemClock());
  if (!trials.ok()) return ReportError(trials.status());
  if (options.json) std::cout << Json(*trials).dump(2) << '\n';
  int exit_code = 0;
  for (const StorageTrial& trial : *trials) {
    if (!options.json) std::cout << Text(trial);
    if (!trial.failed.empty()) exit_code = 1;
  }
  return exit_code;
}

}  // namespace

void AddStorageProbeCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "storage-probe", "Try in each data root whether dgmo could write there, and how fast; leaves nothing behind");
  command->footer(
      "Works in a folder .dgmo-agent-probe that dgmo never looks at.\n"
      "Exit code: 0 all well, 1 something failed, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
