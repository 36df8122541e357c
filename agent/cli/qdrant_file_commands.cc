#include <algorithm>
#include <iostream>
#include <memory>

#include "agent/backup/backup_text.h"
#include "agent/cli/command_error.h"
#include "agent/cli/qdrant_commands.h"
#include "agent/cli/qdrant_scene.h"
#include "agent/qdrant/export.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/verify.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

struct ExportCommand {
  QdrantOptions common;
  std::string file;
};

int RunExport(const ExportCommand& options) {
  const auto scene = QdrantCommandScene::Of(options.common);
  if (!scene.ok() && !IsRefusal(scene.status())) return ReportError(scene.status());
  absl::StatusOr<ExportRun> run = scene.ok() ? ExportPoints((*scene)->scene(), options.file) : scene.status();
  const bool is_complete = run.ok() && run->is_complete;
  absl::StatusOr<OperationReport> report = OperationReport();
  if (!run.ok()) report = run.status();
  if (run.ok()) report = std::move(run->report);
  return PrintOutcome(options.common, {"export", is_complete ? "done" : "incomplete", report});
}

struct VerifyCommand {
  QdrantOptions common;
  std::string file;
  std::string level = "standard";
  bool all = false;
};

struct Verified {
  std::string path;
  absl::StatusOr<SnapshotVerification> result;

  bool is_good() const { return result.ok() && result->stored.state == BackupState::kGood; }
};

Json ToJson(const Verified& verified) {
  Json json = {{"file", ToUtf8(verified.path)}};
  if (!verified.result.ok()) {
    json.update({{"status", "unverified"},
                 {"reason", ReasonOf(verified.result.status())},
                 {"message", ToUtf8(MessageOf(verified.result.status()))}});
    return json;
  }
  const StoredSnapshot& stored = verified.result->stored;
  const auto number = [](const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); };
  json.update({{"status", BackupStateText(stored.state)},
               {"reason", nullptr},
               {"message", stored.problem.empty() ? Json() : Json(ToUtf8(stored.problem))},
               {"collection", ToUtf8(stored.collection)},
               {"made", stored.made_ms == 0 ? Json() : Json(TimeText(stored.made_ms))},
               {"size", stored.size},
               {"sha256", stored.sha256},
               {"points", number(stored.points)},
               {"has_manifest", stored.has_manifest},
               {"restored", verified.result->was_restored},
               {"restored_points", number(verified.result->restored_points)}});
  return json;
}

std::string Text(const Verified& verified) {
  std::string text = ToPrintable(verified.path) + ": ";
  if (!verified.result.ok()) return text + "not verified: " + ToPrintable(MessageOf(verified.result.status())) + "\n";
  const StoredSnapshot& stored = verified.result->stored;
  text += std::string(BackupStateText(stored.state));
  if (stored.points) text += ", " + std::to_string(*stored.points) + " points";
  if (verified.result->restored_points) {
    text += ", restored with " + std::to_string(*verified.result->restored_points);
  }
  if (!stored.problem.empty()) text += "\n  " + ToPrintable(stored.problem);
  return text + "\n";
}

absl::StatusOr<std::vector<Verified>> Verify(const VerifyCommand& options) {
  if (options.all == !options.file.empty()) {
    return InvalidArgument("name one snapshot, or give --all for every one in the folder");
  }
  const bool deep = options.level == "deep";
  std::unique_ptr<QdrantCommandScene> scene;
  if (deep || options.all) {
    ASSIGN_OR_RETURN(scene, QdrantCommandScene::Of(options.common));
  }
  std::vector<std::string> paths = {options.file};
  if (options.all) {
    paths.clear();
    for (const StoredSnapshot& stored : ListStored(scene->scene().AllBackups(), options.common.collection)) {
      paths.push_back(stored.path);
    }
  }
  std::vector<Verified> verified;
  for (const std::string& path : paths) {
    verified.push_back({path, VerifySnapshotFile(scene ? &scene->scene() : nullptr, path, deep)});
  }
  return verified;
}

int RunVerify(const VerifyCommand& options) {
  const absl::StatusOr<std::vector<Verified>> verified = Verify(options);
  if (!verified.ok()) return ReportError(verified.status());
  if (options.common.json) {
    Json list = Json::array();
    for (const Verified& each : *verified) list.push_back(ToJson(each));
    std::cout << Json{{"operation", "verify"}, {"level", options.level}, {"snapshots", list}}.dump(2) << '\n';
  } else {
    for (const Verified& each : *verified) std::cout << Text(each);
    if (verified->empty()) std::cout << "no snapshot\n";
  }
  return std::all_of(verified->begin(), verified->end(), [](const Verified& each) { return each.is_good(); }) ? 0 : 1;
}

}  // namespace

void AddQdrantExportCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command = qdrant.add_subcommand(
      "export", "Save what can still be read of a collection as lines of JSON, also from a server that is failing");
  command->footer("Exit code: 0 every point is in the file, 1 only some are, or refused or failed, 2 could not run.");
  auto options = std::make_shared<ExportCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_option("-o,--output", options->file, "File to write; nothing may be there yet")
      ->required()
      ->type_name("FILE");
  command->callback([options, &exit_code] { exit_code = RunExport(*options); });
}

void AddQdrantVerifyCommand(CLI::App& qdrant, int& exit_code) {
  CLI::App* command = qdrant.add_subcommand("verify", "Read snapshots on this machine through to their ends");
  command->footer("Exit code: 0 all are good, 1 otherwise, 2 could not run.");
  auto options = std::make_shared<VerifyCommand>();
  AddQdrantOptions(*command, options->common);
  command->add_option("file", options->file, "A snapshot")->type_name("FILE");
  command->add_flag("--all", options->all, "Every one in the folder, or with --collection those of one collection");
  command
      ->add_option("--level", options->level,
                   "standard: check sums, size and configuration; deep: also restores it into a collection of its own "
                   "on the server, counts, and removes that again")
      ->check(CLI::IsMember({"standard", "deep"}))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = RunVerify(*options); });
}

}  // namespace fleet::agent
