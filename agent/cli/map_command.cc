#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/root_map.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/probe/liveness.h"
#include "agent/probe/projects.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  std::string directory = ".";
  bool json = false;
};

constexpr std::int64_t kMostGitLink = 4096;

std::string GitLink(const std::string& git_root) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(git_root);
  PaddedText bytes;
  FileStat stat;
  if (!directory.ok() || !directory->Read(".git", kMostGitLink, bytes, stat).ok()) return "";
  return std::string(bytes.view());
}

absl::StatusOr<DirectoryFacts> LookAt(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), std::free);
  if (!resolved) return FromErrno(errno, "cannot look at " + ToUtf8(path));
  DirectoryFacts facts;
  facts.directory = resolved.get();
  RETURN_IF_ERROR(Directory::OpenRoot(facts.directory).status());
  facts.git_root = GitRootOf(facts.directory);
  facts.slug = SlugOfWorkingDirectory(facts.directory);
  if (!facts.git_root.empty()) facts.git_link = GitLink(facts.git_root);
  return facts;
}

absl::StatusOr<std::vector<RootMap>> Map(const Options& options) {
  if (!options.targets.roots.empty()) {
    return InvalidArgument("--root names one root; give a directory to see which root belongs to it");
  }
  ASSIGN_OR_RETURN(const DirectoryFacts facts, LookAt(options.directory));
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<RootMap> maps;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    DirectoryFacts seen = facts;
    for (const RootModel& root : home.roots) {
      if (const std::optional<Project> project = NotedProject(root)) seen.projects[root.root.path] = project->root;
    }
    maps.push_back(MapRoots(home, seen));
  }
  return maps;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<RootMap>> maps = Map(options);
  if (!maps.ok()) return ReportError(maps.status());
  bool stranded = false;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const RootMap& map : *maps) {
    stranded = stranded || HasStranded(map);
    if (options.json) {
      json.push_back(RootMapJson(map));
    } else {
      std::cout << (&map == &maps->front() ? "" : "\n") << RootMapText(map);
    }
  }
  if (options.json) std::cout << nlohmann::ordered_json{{"maps", json}}.dump(2) << '\n';
  return stranded ? 1 : 0;
}

}  // namespace

void AddMapCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("map", "Show where dgmo keeps the sessions of a directory");
  command->footer("Exit code: 0 in one place, 1 some lie where dgmo does not look, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("dir", options->directory, "The directory dgmo is started in (default: this one)")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
