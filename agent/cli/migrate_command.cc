#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/one_home.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/environment.h"
#include "agent/repair/migrate.h"
#include "agent/store/find_roots.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  Targets targets;
  std::string root;
  std::string to;
  bool apply = false;
  bool json = false;
};

// Of the home when it is one of its own, so that its layout and owner are known, else by itself.
absl::StatusOr<Root> RootNamed(const Options& options) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(options.root, error);
  if (error) return FromErrno(error.value(), "cannot open " + ToUtf8(options.root));
  Targets home;
  home.homes = options.targets.homes;
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(home));
  std::map<std::string, Unreadable> unreadable;
  for (Root& root : FindRoots(WithEnvironmentOfProcesses(targets.front().home), unreadable)) {
    if (root.path == path && root.kind != RootKind::kForeign) return std::move(root);
  }
  Targets explicit_root;
  explicit_root.roots = {path};
  ASSIGN_OR_RETURN(const std::vector<Target> named, ResolveTargets(explicit_root));
  return named.front().explicit_roots.front();
}

Json MigrationJson(const Options& options, const Migration& migration) {
  Json json{{"from", ToUtf8(options.root)}, {"to", ToUtf8(migration.to)}, {"files", migration.files},
            {"bytes", migration.bytes},     {"left_out", Json::array()},  {"done", options.apply && !migration.refusal},
            {"refusal", nullptr},           {"advice", migration.advice}};
  for (const std::string& path : migration.left_out) json["left_out"].push_back(ToUtf8(path));
  if (migration.refusal) json["refusal"] = {{"reason", migration.refusal->reason}, {"text", migration.refusal->text}};
  return json;
}

void Print(const Options& options, const Migration& migration) {
  if (migration.refusal) {
    std::cout << "Refused: " << ToPrintable(migration.refusal->text) << " (" << migration.refusal->reason << ")\n";
    return;
  }
  for (const std::string& path : migration.left_out) {
    std::cout << "Left out, no file or folder: " << ToPrintable(path) << '\n';
  }
  const std::string files = Counted(static_cast<std::size_t>(migration.files), "file") + " (" +
                            std::to_string(migration.bytes >> 20) + " MiB)";
  if (!options.apply) {
    std::cout << "Would copy " << files << " to " << ToPrintable(migration.to) << "; --apply does it.\n";
    return;
  }
  std::cout << "Copied " << files << " to " << ToPrintable(migration.to) << " and compared them.\n";
  for (const std::string& sentence : migration.advice) std::cout << ToPrintable(sentence) << '\n';
}

int Run(const Options& options) {
  const absl::StatusOr<Root> root = RootNamed(options);
  if (!root.ok()) return ReportError(root.status());
  const absl::StatusOr<Migration> migration =
      Migrate({.root = *root, .to = options.to, .apply = options.apply, .state = StateFolder(options.targets)});
  if (!migration.ok()) return ReportError(Annotate(migration.status(), "migrate"));
  if (options.json) {
    std::cout << MigrationJson(options, *migration).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    Print(options, *migration);
  }
  return migration->refusal || !migration->left_out.empty() ? 1 : 0;
}

}  // namespace

void AddMigrateCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("migrate", "Show how a data root would be copied to another place, or do it");
  command->footer(
      "Copies everything in it, logs too, reads both sides again, and only then gives the copy its name; the source "
      "stays as it is and in use. Says how dgmo is made to use the copy.\n"
      "Exit code: 0 done or could be done, 1 refused or something was left out, 2 could not run.");
  auto options = std::make_shared<Options>();
  command->add_option("root", options->root, "The data root")->required()->type_name("ROOT");
  command->add_option("--to", options->to, "The new place, which must not be there yet")->required()->type_name("DIR");
  AddOneHomeOptions(*command, options->targets);
  command->add_flag("--apply", options->apply, "Do it");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
