#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/backup/backup_text.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  std::vector<std::string> folders;
  bool json = false;
};

absl::StatusOr<std::vector<HomeModel>> Look(const Options& options) {
  if (!options.targets.roots.empty()) {
    return InvalidArgument("backups belong to a home, not to a data root; give --home instead of --root");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  CheckSettings settings;
  settings.backup_folders = options.folders;
  settings.backup_verify_bytes = std::numeric_limits<std::int64_t>::max();
  std::vector<HomeModel> homes;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomeModel home, Inspect(target, SleepFor));
    ProbeBackups(settings, home);
    homes.push_back(std::move(home));
  }
  return homes;
}

bool IsWell(const HomeModel& home) {
  const BackupFacts& facts = *home.backups;
  const bool bad = std::any_of(facts.backups.begin(), facts.backups.end(), [](const Backup& b) { return b.bad(); });
  const bool bare = std::any_of(facts.roots.begin(), facts.roots.end(), [](const RootBackup& r) { return !r.newest; });
  return !bad && !bare;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<HomeModel>> homes = Look(options);
  if (!homes.ok()) return ReportError(homes.status());
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const HomeModel& home : *homes) {
    if (options.json) {
      nlohmann::ordered_json each{{"home", ToUtf8(home.home.path)}};
      each.update(BackupsJson(*home.backups));
      json.push_back(std::move(each));
    } else {
      if (homes->size() > 1) std::cout << ToPrintable(home.home.path) << ":\n";
      std::cout << BackupsText(*home.backups);
    }
  }
  if (options.json) std::cout << nlohmann::ordered_json{{"homes", std::move(json)}}.dump(2) << '\n';
  return std::all_of(homes->begin(), homes->end(), IsWell) ? 0 : 1;
}

}  // namespace

void AddBackupsCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("backups", "List the backups found, each read through to its end");
  command->footer("Exit code: 0 all are good and no data root lacks one, 1 otherwise, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("--folder", options->folders, "Another folder to look for backups in; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
