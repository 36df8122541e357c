#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/mentions.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  std::string id;
  bool json = false;
};

void Append(std::vector<Mention> more, std::vector<Mention>& mentions) {
  std::move(more.begin(), more.end(), std::back_inserter(mentions));
}

// What repairs moved away is in the agent's own folder.
void AddQuarantined(const Options& options, std::vector<Mention>& mentions) {
  const std::string quarantine = StateFolder(options.targets) + "/quarantine";
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(quarantine);
  if (!directory.ok()) return;
  std::vector<Mention> moved = MentionsByName(*directory, quarantine, options.id);
  for (Mention& mention : moved) mention.how = "in quarantine: " + mention.how;
  Append(std::move(moved), mentions);
}

absl::StatusOr<std::vector<Mention>> Search(const Options& options) {
  if (options.id.find('/') != std::string::npos || options.id.size() < 4) {
    return InvalidArgument("not an id: " + ToPrintable(options.id) + "; give one such as `dgmo-agent sessions` shows");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<Mention> mentions;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    for (const RootModel& root : home.roots) {
      ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(root.root.path));
      Append(MentionsByName(directory, root.root.path, options.id), mentions);
      Append(MentionsByContent(root, options.id), mentions);
    }
    for (const Root& foreign : home.foreign) {
      const absl::StatusOr<Directory> directory = Directory::OpenRoot(foreign.path);
      if (directory.ok()) Append(MentionsByName(*directory, foreign.path, options.id), mentions);
    }
  }
  AddQuarantined(options, mentions);
  return mentions;
}

std::string Text(const std::vector<Mention>& mentions) {
  std::string text;
  std::string root;
  for (const Mention& mention : mentions) {
    if (mention.root != root) text += ToPrintable(mention.root) + "\n";
    root = mention.root;
    text += "  " + ToPrintable(mention.path.substr(root.size() + 1)) + "  (" + ToPrintable(mention.how) + ")\n";
  }
  return text;
}

nlohmann::ordered_json Json(const std::string& id, const std::vector<Mention>& mentions) {
  nlohmann::ordered_json json;
  json["id"] = ToUtf8(id);
  json["mentions"] = nlohmann::ordered_json::array();
  for (const Mention& mention : mentions) {
    json["mentions"].push_back(
        {{"root", ToUtf8(mention.root)}, {"path", ToUtf8(mention.path)}, {"how", ToUtf8(mention.how)}});
  }
  return json;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<Mention>> mentions = Search(options);
  if (!mentions.ok()) return ReportError(mentions.status());
  if (options.json) {
    std::cout << Json(options.id, *mentions).dump(2) << '\n';
  } else if (mentions->empty()) {
    std::cout << ToPrintable(options.id) << " is nowhere\n";
  } else {
    std::cout << Text(*mentions);
  }
  return mentions->empty() ? 1 : 0;
}

}  // namespace

void AddWhereCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("where", "Show every file of every data root that knows an id");
  command->footer("Exit code: 0 found, 1 nowhere, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("id", options->id, "The id of a session, a message or a checkpoint")->required()->type_name("ID");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
