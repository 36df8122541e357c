#include "agent/cli/qdrant_scene.h"

#include <CLI/Validators.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "agent/cli/command_error.h"
#include "agent/cli/configured_homes.h"
#include "agent/probe/inspect.h"
#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

std::chrono::milliseconds Millis(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1'000));
}

}  // namespace

void AddQdrantOptions(CLI::App& command, QdrantOptions& options, std::string_view folder_option) {
  AddTargetOptions(command, options.targets);
  command.add_option("--url", options.url, "Server instead of the one that the home's configuration names")
      ->type_name("URL");
  command.add_option("--collection", options.collection, "Collection instead of the home's")->type_name("NAME");
  command
      .add_option(std::string(folder_option), options.backups,
                  "Folder of the snapshots on this machine (default: ~/backups/qdrant)")
      ->type_name("DIR");
  command.add_option("--timeout", options.timeout_s, "Seconds that making or restoring a snapshot may take")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--answer-timeout", options.answer_s, "Seconds that any other call may take")
      ->check(CLI::Range(0.1, 3'600.0))
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("--embedding-model", options.settings.embedding_model,
                  "Model of homes whose configuration names none")
      ->type_name("NAME");
  command
      .add_option("--qdrant-storage", options.settings.qdrant_storage, "Storage folder of the server on this machine")
      ->type_name("DIR");
  command.add_flag("--dry-run", options.dry_run, "Only show what would be done");
  command.add_flag("--json", options.json, "Print one JSON document");
}

absl::StatusOr<std::unique_ptr<QdrantCommandScene>> QdrantCommandScene::Of(const QdrantOptions& options) {
  auto scene = std::make_unique<QdrantCommandScene>();
  scene->settings_ = options.settings;
  const char* key = std::getenv("QDRANT_API_KEY");
  if (key != nullptr) scene->settings_.qdrant_api_key = key;
  ASSIGN_OR_RETURN(const std::vector<HomeModel> homes, ConfiguredHomes(options.targets, scene->settings_));
  if (homes.size() != 1) return InvalidArgument("--home: give exactly one; each home has a server of its own");
  HomeScene::Options home;
  home.url = options.url;
  home.collection = options.collection;
  if (!options.backups.empty()) home.backups = std::filesystem::absolute(options.backups);
  home.work_limit = Millis(options.timeout_s);
  home.answer_limit = Millis(options.answer_s);
  ASSIGN_OR_RETURN(scene->home_, HomeScene::Of(homes.front(), scene->settings_, StateFolder(options.targets),
                                               scene->clock_, SleepFor, home));
  return scene;
}

int PrintOutcome(const QdrantOptions& options, const OperationOutcome& outcome) {
  const absl::Status status = outcome.report.status();
  std::string_view word = outcome.outcome;
  if (!status.ok()) {
    word = IsRefusal(status) ? "refused" : "failed";
  } else if (outcome.report->steps.empty()) {
    word = "nothing_to_do";
  }
  if (options.json) {
    Json json = {{"operation", outcome.operation},
                 {"outcome", word},
                 {"reason", status.ok() ? Json() : Json(ReasonOf(status))},
                 {"message", status.ok() ? Json() : Json(ToUtf8(MessageOf(status)))},
                 {"steps", status.ok() ? Json(outcome.report->steps) : Json::array()}};
    if (status.ok()) json.update(outcome.report->facts);
    std::cout << json.dump(2) << '\n';
  } else if (status.ok()) {
    if (word == "nothing_to_do") std::cout << "nothing to do\n";
    if (word == "planned") std::cout << "would\n";
    for (const std::string& step : outcome.report->steps) {
      std::cout << (word == "planned" ? "  " : "") << ToPrintable(step) << '\n';
    }
  }
  if (!status.ok()) {
    ReportError(status);
    return 1;
  }
  return word == "incomplete" || word == "failed" ? 1 : 0;
}

int RunOperation(const QdrantOptions& options, std::string_view operation, Operation plan, Operation run) {
  const absl::StatusOr<std::unique_ptr<QdrantCommandScene>> scene = QdrantCommandScene::Of(options);
  if (!scene.ok() && !IsRefusal(scene.status())) return ReportError(scene.status());
  absl::StatusOr<OperationReport> report = OperationReport();
  if (!scene.ok()) report = scene.status();
  if (scene.ok()) report = options.dry_run ? plan((*scene)->scene()) : run((*scene)->scene());
  return PrintOutcome(options, {operation, options.dry_run ? "planned" : "done", report});
}

}  // namespace fleet::agent
