#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/repair/journal.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  Targets targets;
  std::string id;
  bool json = false;
};

std::size_t CountChanges(const Journal& journal) {
  std::size_t count = 0;
  for (const JournalRoot& root : journal.roots()) count += root.changes.size();
  return count;
}

int List(const Options& options) {
  const std::string state = StateFolder(options.targets);
  const absl::StatusOr<std::vector<std::string>> ids = Journal::Ids(state);
  if (!ids.ok()) return ReportError(ids.status());
  Json json = Json::array();
  Table table({"JOURNAL", "CREATED", "STAGE", "ROOTS", "CHANGES"});
  for (const std::string& id : *ids) {
    const absl::StatusOr<Journal> journal = Journal::Load(state, id);
    if (!journal.ok()) {
      json.push_back(Json{{"id", ToUtf8(id)}, {"stage", "unusable"}, {"problem", ToUtf8(MessageOf(journal.status()))}});
      table.Add({id, "", "unusable: " + MessageOf(journal.status()), "", ""});
      continue;
    }
    json.push_back(Json{{"id", id},
                        {"created", TimeText(journal->created_ms())},
                        {"stage", StageText(journal->Stage())},
                        {"roots", journal->roots().size()},
                        {"changes", CountChanges(*journal)}});
    table.Add({id, TimeText(journal->created_ms()), std::string(StageText(journal->Stage())),
               std::to_string(journal->roots().size()), std::to_string(CountChanges(*journal))});
  }
  if (options.json) {
    std::cout << json.dump(2) << '\n';
  } else if (ids->empty()) {
    std::cout << "No journals below " << ToPrintable(state) << ".\n";
  } else {
    std::cout << table.Text();
  }
  return 0;
}

std::string ChangeText(const PathChange& change) {
  const std::string path = ToPrintable(change.path);
  switch (change.after.kind) {
    case PathState::Kind::kAbsent: return "moved " + path + " to " + ToPrintable(change.quarantine);
    case PathState::Kind::kDirectory: return "made the directory " + path;
    default: return (change.before.kind == PathState::Kind::kAbsent ? "created " : "replaced ") + path;
  }
}

Json ShowJson(const Journal& journal, const std::string& manifest) {
  Json json{{"id", journal.id()}, {"stage", StageText(journal.Stage())}, {"stages", Json::array()}};
  for (std::size_t root = 0; root < journal.roots().size(); ++root) {
    json["stages"].push_back(
        Json{{"root", ToUtf8(journal.roots()[root].root.path)}, {"stage", StageText(journal.StageOf(root))}});
  }
  json["manifest"] = Json::parse(manifest, nullptr, false);
  const Json results = Json::parse(journal.ResultsText(), nullptr, false);
  json["results"] = results.is_discarded() ? Json::array() : results;
  return json;
}

std::string ShowText(const Journal& journal) {
  std::string text = "Journal " + journal.id() + " of " + TimeText(journal.created_ms()) + "\n" + "In " +
                     ToPrintable(journal.folder()) + "\n";
  for (std::size_t index = 0; index < journal.roots().size(); ++index) {
    const JournalRoot& root = journal.roots()[index];
    text += "\n" + ToPrintable(root.root.path) + ": " + std::string(StageText(journal.StageOf(index))) + "\n";
    for (const PathChange& change : root.changes) text += "  " + ChangeText(change) + "\n";
  }
  const Json results = Json::parse(journal.ResultsText(), nullptr, false);
  if (!results.is_array()) return text;
  text += "\n";
  for (const Json& result : results) {
    text += result.value("repair", "") + "  " + ToPrintable(result.value("subject_id", "")) + "  " +
            result.value("outcome", "") + "  " + ToPrintable(result.value("text", "")) + "\n";
  }
  return text;
}

int Show(const Options& options) {
  const absl::StatusOr<Journal> journal = Journal::Load(StateFolder(options.targets), options.id);
  if (!journal.ok()) return ReportError(journal.status());
  const absl::StatusOr<std::string> manifest = journal->ManifestText();
  if (!manifest.ok()) return ReportError(manifest.status());
  if (options.json) {
    std::cout << ShowJson(*journal, *manifest).dump(2) << '\n';
  } else {
    std::cout << ShowText(*journal);
  }
  return 0;
}

void AddCommonOptions(CLI::App& command, Options& options) {
  command.add_option("--state", options.targets.state, "The agent's own folder: journals, backups, quarantine")
      ->type_name("DIR");
  command.add_flag("--json", options.json, "Print one JSON document");
}

}  // namespace

void AddJournalCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("journal", "List the repair runs on this machine, or show one");
  command->footer("Exit code: 0 fine, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddCommonOptions(*command, *options);
  command->require_subcommand(0, 1);
  CLI::App* list = command->add_subcommand("list", "All of them, the oldest first (this is the default)");
  AddCommonOptions(*list, *options);
  CLI::App* show = command->add_subcommand("show", "What one of them changed, and how it ended");
  show->add_option("journal", options->id, "Id of the journal")->required()->type_name("JOURNAL_ID");
  AddCommonOptions(*show, *options);
  command->callback([options, show, &exit_code] { exit_code = show->parsed() ? Show(*options) : List(*options); });
}

}  // namespace fleet::agent
