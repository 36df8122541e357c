#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/repair/journal.h"
#include "agent/repair/journal_text.h"
#include "agent/repair/service_record.h"
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

// What was done to the machine and to services in a run; nullopt: nothing.
std::optional<absl::StatusOr<ServiceRecord>> ServicesOf(const std::string& state, const std::string& id) {
  absl::StatusOr<ServiceRecord> record = ServiceRecord::Load(state, id);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  return record;
}

std::string_view StageOf(const ServiceRecord& record) {
  return record.Finished() ? "finished" : record.Begun() != nullptr ? "begun" : "interrupted";
}

// Of journals and of records without one; the oldest first.
absl::StatusOr<std::vector<std::string>> AllIds(const std::string& state) {
  ASSIGN_OR_RETURN(std::vector<std::string> ids, Journal::Ids(state));
  ASSIGN_OR_RETURN(const std::vector<std::string> services, ServiceRecord::Ids(state));
  ids.insert(ids.end(), services.begin(), services.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

int List(const Options& options) {
  const std::string state = StateFolder(options.targets);
  const absl::StatusOr<std::vector<std::string>> ids = AllIds(state);
  if (!ids.ok()) return ReportError(ids.status());
  Json json = Json::array();
  Table table({"JOURNAL", "CREATED", "STAGE", "ROOTS", "CHANGES"});
  for (const std::string& id : *ids) {
    const absl::StatusOr<Journal> journal = Journal::Load(state, id);
    const auto services = ServicesOf(state, id);
    if (absl::IsNotFound(journal.status()) && services && services->ok()) {
      const ServiceRecord& record = **services;
      const std::string stage(StageOf(record));
      json.push_back(Json{{"id", id},
                          {"created", TimeText(record.created_ms())},
                          {"stage", stage},
                          {"roots", 0},
                          {"changes", 0},
                          {"service_repairs", record.plans().size()}});
      table.Add({id, TimeText(record.created_ms()), stage, "services", std::to_string(record.plans().size())});
      continue;
    }
    if (!journal.ok()) {
      json.push_back(Json{{"id", ToUtf8(id)}, {"stage", "unusable"}, {"problem", ToUtf8(MessageOf(journal.status()))}});
      table.Add({id, "", "unusable: " + MessageOf(journal.status()), "", ""});
      continue;
    }
    json.push_back(Json{{"id", id},
                        {"created", TimeText(journal->created_ms())},
                        {"stage", StageText(journal->Stage())},
                        {"roots", journal->roots().size()},
                        {"changes", CountChanges(*journal)},
                        {"service_repairs", services && services->ok() ? (*services)->plans().size() : 0}});
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
  if (change.only_access()) return "changed the rights of " + path;
  if (change.removes_directory()) return "removed the empty directory " + path;
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

Json ServicesJson(const ServiceRecord& record) {
  Json json{{"id", record.id()}, {"stage", StageOf(record)}, {"plans", Json::array()}, {"results", Json::array()}};
  for (const Plan& plan : record.plans()) json["plans"].push_back(PlanToJson(plan));
  for (const RepairResult& result : record.results()) json["results"].push_back(ResultToJson(result));
  return json;
}

std::string ServicesText(const ServiceRecord& record) {
  std::string text = "\nThe machine and services: " + std::string(StageOf(record)) + "\n";
  for (std::size_t i = 0; i < record.plans().size(); ++i) {
    const Plan& plan = record.plans()[i];
    text += "  " + plan.repair + "  " + ToPrintable(plan.subject_id) + "\n";
    for (const std::string& sentence : plan.sentences) text += "    " + ToPrintable(sentence) + "\n";
    if (i >= record.results().size()) continue;
    const RepairResult& result = record.results()[i];
    text += "    " + std::string(OutcomeText(result.outcome)) + "  " + ToPrintable(result.text) + "\n";
  }
  return text;
}

int Show(const Options& options) {
  const std::string state = StateFolder(options.targets);
  const absl::StatusOr<Journal> journal = Journal::Load(state, options.id);
  const auto services = ServicesOf(state, options.id);
  if (services && !services->ok()) return ReportError(services->status());
  Json json;
  std::string text;
  if (journal.ok()) {
    const absl::StatusOr<std::string> manifest = journal->ManifestText();
    if (!manifest.ok()) return ReportError(manifest.status());
    json = ShowJson(*journal, *manifest);
    text = ShowText(*journal);
    if (services) json["services"] = ServicesJson(**services);
  } else if (services && absl::IsNotFound(journal.status())) {
    json = ServicesJson(**services);
    text = "Journal " + options.id + " of " + TimeText((*services)->created_ms()) + "\n";
  } else {
    return ReportError(journal.status());
  }
  if (services) text += ServicesText(**services);
  if (options.json) {
    std::cout << json.dump(2) << '\n';
  } else {
    std::cout << text;
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
