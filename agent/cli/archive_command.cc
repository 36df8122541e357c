#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/backup/sessions/archive_sessions.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/one_home.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

struct Options {
  Targets targets;
  std::vector<std::string> sessions;
  std::string to;
  int idle_days = 90;
  bool apply = false;
  bool json = false;
};

Json FamilyJson(const ArchivedFamily& each) {
  const SessionFamily& family = each.family;
  Json json{{"root", ToUtf8(each.root)},       {"id", ToUtf8(family.top)},
            {"title", ToUtf8(family.title)},   {"sessions", Json::array()},
            {"last_activity", family.last_ms}, {"messages", family.messages},
            {"message_bytes", family.bytes},   {"obstacle", nullptr}};
  for (const std::string& id : family.ids) json["sessions"].push_back(ToUtf8(id));
  if (family.obstacle)
    json["obstacle"] = {{"reason", family.obstacle->reason}, {"text", ToUtf8(family.obstacle->text)}};
  return json;
}

Json RunJson(const ArchiveRun& run) {
  Json json{{"families", Json::array()},
            {"kept", Json::array()},
            {"archive", run.archive.empty() ? Json() : Json(ToUtf8(run.archive))},
            {"runs", Json::array()}};
  for (const ArchivedFamily& each : run.families) json["families"].push_back(FamilyJson(each));
  for (const ArchivedFamily& each : run.kept) json["kept"].push_back(FamilyJson(each));
  for (const RepairRun& part : run.runs) json["runs"].push_back(agent::RunJson(part));
  return json;
}

std::string FamiliesText(const std::vector<ArchivedFamily>& families) {
  Table table({"SESSION", "LAST ACTIVITY", "SESSIONS", "MESSAGES", "KIB", "TITLE"});
  for (const ArchivedFamily& each : families) {
    const SessionFamily& family = each.family;
    table.Add({family.top, TimeText(family.last_ms).substr(0, 10), std::to_string(family.ids.size()),
               std::to_string(family.messages), std::to_string(family.bytes >> 10), family.title});
  }
  return table.Text();
}

void Print(const Options& options, const ArchiveRun& run) {
  for (const ArchivedFamily& each : run.kept) {
    std::cout << "Stays: " << ToPrintable(each.family.top) << ", " << ToPrintable(each.family.obstacle->text) << " ("
              << each.family.obstacle->reason << ")\n";
  }
  if (run.families.empty()) {
    std::cout << "Nothing to archive.\n";
    return;
  }
  if (!options.apply) {
    std::cout << FamiliesText(run.families) << "Nothing was changed; --apply archives "
              << Counted(run.families.size(), "session") << ".\n";
    return;
  }
  const std::string state = options.targets.state.empty() ? "" : " --state " + options.targets.state;
  for (const RepairRun& part : run.runs) std::cout << ResultText(part, state, WantsColour());
  if (run.archive.empty()) {
    std::cout << "Nothing was archived.\n";
  } else {
    std::cout << "Archived in " << ToPrintable(run.archive)
              << "; `dgmo-agent restore --from` that file brings them back, with --session one of them.\n";
  }
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<Target>> targets = ResolveTargets(options.targets);
  if (!targets.ok()) return ReportError(targets.status());
  const SystemClock clock;
  const ArchiveRequest request{.target = targets->front(),
                               .idle_ms = options.idle_days * kDayMs,
                               .sessions = options.sessions,
                               .folder = options.to,
                               .apply = options.apply,
                               .state = StateFolder(options.targets)};
  const absl::StatusOr<ArchiveRun> run = ArchiveSessions(request, clock, SleepFor);
  if (!run.ok()) return ReportError(Annotate(run.status(), "archive"));
  if (options.json) {
    std::cout << RunJson(*run).dump(2) << '\n';
  } else {
    Print(options, *run);
  }
  if (!run->kept.empty()) return 1;
  if (!options.apply) return 0;
  for (const RepairRun& part : run->runs) {
    if (!part.Complete()) return 1;
  }
  return run->archive.empty() && !run->families.empty() ? 1 : 0;
}

}  // namespace

void AddArchiveCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("archive", "Show which sessions are old enough to be packed away, or do it");
  command->footer(
      "Writes them into an archive in <home>/backups/archived, reads it back, and moves to quarantine what it holds "
      "byte for byte. A session goes with all that belongs to it. Sessions that are shared, damaged or in use stay.\n"
      "`dgmo-agent undo` takes it back; `dgmo-agent restore --from ARCHIVE` brings sessions back at any time. These "
      "archives are never deleted.\n"
      "Exit code: 0 nothing to do or all done, 1 something stays or failed (nothing is lost), 2 could not run.");
  auto options = std::make_shared<Options>();
  AddOneHomeOptions(*command, options->targets);
  command->add_option("--root", options->targets.roots, "Only this data root; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_option("--idle-days", options->idle_days, "Sessions in which nothing has changed for so many days")
      ->check(CLI::Range(1, 36'500))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--session", options->sessions, "This session and all it belongs to, however young; repeatable")
      ->type_name("ID")
      ->allow_extra_args(false);
  command->add_option("--to", options->to, "Folder for the archive (default: <home>/backups/archived)")
      ->type_name("DIR");
  command->add_flag("--apply", options->apply, "Do it");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
