#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/backup/sessions/home_backup.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  Targets targets;
  std::string to;
  bool full = false;
  bool dry_run = false;
  bool json = false;
  std::int64_t reserve_mib = kBackupReserveBytes >> 20;
};

struct Taken {
  Target target;
  BackupRun run;
};

std::int64_t DamagedIn(const SessionManifest& manifest) {
  std::int64_t damaged = 0;
  for (const auto& [path, file] : manifest.files) damaged += file.damaged ? 1 : 0;
  return damaged;
}

std::string Mebibytes(std::int64_t bytes) {
  return std::to_string(bytes >> 20) + "." + std::to_string((bytes & ((1 << 20) - 1)) * 10 >> 20) + " MiB";
}

std::string Text(const Taken& taken, bool dry_run) {
  const BackupRun& run = taken.run;
  std::string text;
  const std::string files = Counted(run.manifest.files.size(), "file") + " (" + Mebibytes(run.bytes) + ")";
  if (run.unchanged) {
    text = "Nothing has changed since the last backup of " + files + ".\n";
  } else if (dry_run) {
    text = "Would save " + files + ", of which " + Counted(static_cast<std::size_t>(run.new_files), "file") + " (" +
           Mebibytes(run.new_bytes) + ") are new or changed.\n";
  } else {
    text = ToPrintable(run.archive) + ": " + files + ", of which " +
           Counted(static_cast<std::size_t>(run.new_files), "file") + " in this archive (" +
           Mebibytes(run.archive_bytes) + " packed)";
    if (!run.manifest.needs.empty()) {
      text += ", the others in " + Counted(run.manifest.needs.size(), "earlier archive");
    }
    text += "\n";
  }
  if (const std::int64_t damaged = DamagedIn(run.manifest); damaged > 0) {
    text += "  damaged as found: " + Counted(static_cast<std::size_t>(damaged), "file") + "\n";
  }
  for (const std::string& path : run.manifest.unreadable)
    text += "  not saved, cannot be read: " + ToPrintable(path) + "\n";
  for (const std::string& root : run.live) text += "  dgmo works on " + ToPrintable(root) + " meanwhile\n";
  if (run.shares > 0) {
    text +=
        "  left out: " + Counted(static_cast<std::size_t>(run.shares), "share document") + ", which hold a secret\n";
  }
  for (const std::string& why : run.not_deleted) text += "  " + why + "\n";
  for (const std::string& name : run.deleted) text += "  deleted, no longer kept: " + ToPrintable(name) + "\n";
  return text;
}

Json ToJson(const Taken& taken) {
  const BackupRun& run = taken.run;
  Json json{{"home", ToUtf8(taken.target.home.path)},
            {"archive", run.archive.empty() ? Json() : Json(ToUtf8(run.archive))},
            {"unchanged", run.unchanged},
            {"files", run.manifest.files.size()},
            {"bytes", run.bytes},
            {"new_files", run.new_files},
            {"new_bytes", run.new_bytes},
            {"archive_bytes", run.archive_bytes},
            {"damaged_files", DamagedIn(run.manifest)},
            {"shares_left_out", run.shares},
            {"shrunken", run.shrunken},
            {"roots", Json::array()},
            {"needs", Json::array()},
            {"findings", run.manifest.findings ? Json(*run.manifest.findings) : Json()},
            {"unreadable", Json::array()},
            {"live", Json::array()},
            {"deleted", run.deleted},
            {"not_deleted", run.not_deleted}};
  for (const SessionManifest::Root& root : run.manifest.roots) {
    json["roots"].push_back({{"kind", root.kind}, {"path", ToUtf8(root.path)}, {"key", ToUtf8(root.key)}});
  }
  for (const auto& [name, sha256] : run.manifest.needs) json["needs"].push_back(name);
  for (const std::string& path : run.manifest.unreadable) json["unreadable"].push_back(ToUtf8(path));
  for (const std::string& root : run.live) json["live"].push_back(ToUtf8(root));
  return json;
}

int Run(const Options& options) {
  const SystemClock clock;
  const absl::StatusOr<std::vector<Target>> targets = ResolveTargets(options.targets);
  if (!targets.ok()) return ReportError(targets.status());
  Json homes = Json::array();
  int exit_code = 0;
  for (const Target& target : *targets) {
    const BackupOptions taking{.state = StateFolder(options.targets),
                               .full = options.full,
                               .only_if_changed = true,
                               .plan = options.dry_run,
                               .reserve_bytes = options.reserve_mib << 20};
    absl::StatusOr<BackupRun> run = BackUpTarget(target, options.to, taking, clock, SleepFor);
    if (!run.ok()) return ReportError(Annotate(run.status(), "backup"));
    const Taken taken{target, *std::move(run)};
    if (!taken.run.manifest.unreadable.empty() || taken.run.shrunken) exit_code = 1;
    homes.push_back(ToJson(taken));
    if (!options.json) std::cout << Text(taken, options.dry_run);
  }
  if (options.json) std::cout << Json{{"dry_run", options.dry_run}, {"backups", std::move(homes)}}.dump(2) << '\n';
  return exit_code;
}

}  // namespace

void AddBackupCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("backup", "Save all data roots and the configuration, also while dgmo runs");
  command->footer(
      "Saves every data root of the home to <home>/backups/sessions, what has not changed by naming the earlier "
      "archive\n"
      "that holds it. Credentials, shares (they hold a secret), logs and temporary files are left out.\n"
      "Archives are kept for 30 days, at most 100, never fewer than the three newest good ones.\n"
      "Exit code: 0 saved or unchanged, 1 something could not be read or much is missing, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("--to", options->to, "Folder for the archive; made when missing")->type_name("DIR");
  command->add_flag("--full", options->full, "Save everything anew, so that no earlier archive is needed");
  command->add_flag("--dry-run", options->dry_run, "Only show what would be saved");
  command->add_option("--reserve-mib", options->reserve_mib, "Free space that must be left in the folder, in MiB")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 30))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
