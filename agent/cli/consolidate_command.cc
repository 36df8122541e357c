#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "agent/checks/check.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/one_home.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "agent/repair/home_plan.h"
#include "agent/repair/request.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  Targets targets;
  std::string into;
  std::vector<std::string> from;
  bool apply = false;
  bool json = false;
};

// What goes where; paths of roots.
struct Choice {
  std::string into;  // empty: nothing to consolidate
  std::vector<std::string> from;
};

absl::StatusOr<std::string> RootNamed(const std::string& path, const HomeModel& home) {
  std::error_code error;
  const std::string resolved = std::filesystem::canonical(path, error).string();
  for (const RootModel& root : home.roots) {
    if (!error && root.root.path == resolved) return resolved;
  }
  return InvalidArgument(ToPrintable(path) + " is no data root of " + ToUtf8(home.home.path) +
                         "; `dgmo-agent map` lists them");
}

// Without a word everything goes where dgmo works now, as the finding about split layouts tells it.
absl::StatusOr<Choice> Choose(const Options& options, const HomeModel& home, const std::vector<Finding>& findings) {
  Choice choice;
  const auto split = std::find_if(findings.begin(), findings.end(),
                                  [](const Finding& finding) { return finding.code == "LAYOUT_SPLIT"; });
  if (split != findings.end() && split->evidence.count("active") > 0) choice.into = split->paths.front();
  if (!options.into.empty()) {
    ASSIGN_OR_RETURN(choice.into, RootNamed(options.into, home));
  }
  for (const std::string& path : options.from) {
    ASSIGN_OR_RETURN(std::string root, RootNamed(path, home));
    choice.from.push_back(std::move(root));
  }
  if (options.from.empty() && split != findings.end()) choice.from = split->paths;
  std::erase(choice.from, choice.into);
  if (!choice.from.empty() && choice.into.empty()) {
    return InvalidArgument("it is not known which root dgmo works on; name the target with --into");
  }
  return choice;
}

// Part after part until nothing is left or something is refused.
absl::StatusOr<std::vector<RepairRun>> RunAll(const Target& target, const Options& options, const Choice& choice) {
  const SystemClock clock;
  RepairEngine::Options engine_options;
  engine_options.state = StateFolder(options.targets);
  engine_options.pause = SleepFor;
  RepairEngine engine(clock, std::move(engine_options));
  const RepairSelection request = ConsolidationRequest(choice.into, choice.from);
  std::vector<RepairRun> runs;
  if (options.apply) {
    RETURN_IF_ERROR(ApplyInParts(engine, target, request, runs));
    return runs;
  }
  ASSIGN_OR_RETURN(RepairRun plan, engine.Plan({target}, request));
  if (!IsDone(plan)) runs.push_back(std::move(plan));
  return runs;
}

void Print(const Options& options, const Choice& choice, const std::vector<RepairRun>& runs) {
  if (options.json) {
    Json json{{"into", choice.into.empty() ? Json(nullptr) : Json(ToUtf8(choice.into))},
              {"from", Json::array()},
              {"runs", Json::array()}};
    for (const std::string& path : choice.from) json["from"].push_back(ToUtf8(path));
    for (const RepairRun& run : runs) json["runs"].push_back(RunJson(run));
    std::cout << json.dump(2) << '\n';
    return;
  }
  const std::string repeat = options.targets.state.empty() ? "" : " --state " + options.targets.state;
  if (runs.empty()) std::cout << "Nothing to consolidate.\n";
  for (const RepairRun& run : runs) {
    std::cout << (options.apply ? ResultText(run, repeat, WantsColour()) : PlanText(run, WantsColour()));
  }
  if (options.apply && !runs.empty()) {
    std::cout << "The sources are as they were; archive them when you are sure that nothing is missed.\n";
  }
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<Target>> targets = ResolveTargets(options.targets);
  if (!targets.ok()) return ReportError(targets.status());
  const absl::StatusOr<HomeModel> home = ReadHome(targets->front(), SleepFor);
  if (!home.ok()) return ReportError(home.status());
  const absl::StatusOr<Choice> choice = Choose(options, *home, CheckHome(*home, ToMillis(SystemClock().Now())));
  if (!choice.ok()) return ReportError(choice.status());
  std::vector<RepairRun> runs;
  if (!choice->from.empty()) {
    absl::StatusOr<std::vector<RepairRun>> all = RunAll(targets->front(), options, *choice);
    if (!all.ok()) return ReportError(all.status());
    runs = *std::move(all);
  }
  Print(options, *choice, runs);
  return std::all_of(runs.begin(), runs.end(), [](const RepairRun& run) { return run.Complete(); }) ? 0 : 1;
}

}  // namespace

void AddConsolidateCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("consolidate", "Show how sessions in several data roots would be copied into one, or do it");
  command->footer(
      "Copies, never moves: the sources stay as they are. Of two versions of a document the better one wins, and what "
      "is replaced goes to quarantine; indexes are united. A large store is copied in parts, each with a journal of "
      "its own.\n"
      "Exit code: 0 nothing to do or all verified, 1 something refused or failed (nothing is lost), 2 could not run.");
  auto options = std::make_shared<Options>();
  AddOneHomeOptions(*command, options->targets);
  command->add_option("--into", options->into, "The data root to copy into (default: the one dgmo works on)")
      ->type_name("ROOT");
  command->add_option("--from", options->from, "A data root to copy from (default: all others); may be repeated")
      ->type_name("ROOT")
      ->allow_extra_args(false);
  command->add_flag("--apply", options->apply, "Do it");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
