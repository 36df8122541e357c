#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/probe/temp_files.h"
#include "common/clock.h"
#include "common/finding_json.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  bool json = false;
};

struct TempReport {
  std::int64_t now_ms = 0;
  std::vector<TempEntry> entries;
  std::vector<Finding> litter;  // temporary files that dgmo left in its roots
};

absl::StatusOr<TempReport> Collect(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  TempReport report;
  report.now_ms = ToMillis(clock.Now());
  for (const Target& target : targets) {
    for (TempEntry& entry : FindTempEntries(target.home)) report.entries.push_back(std::move(entry));
    ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, SleepFor));
    for (Finding& finding : CheckHome(home, report.now_ms)) {
      if (finding.code == "TMP_LITTER") report.litter.push_back(std::move(finding));
    }
  }
  return report;
}

std::string Text(const TempReport& report) {
  std::string text;
  if (report.entries.empty()) {
    text = "nothing of dgmo's in the temporary folders\n";
  } else {
    Table table({"TYPE", "SIZE", "AGE", "OWNER", "USED BY", "PATH"});
    for (const TempEntry& entry : report.entries) {
      std::string users;
      for (const int user : entry.users) users += (users.empty() ? "" : ",") + std::to_string(user);
      table.Add({std::string(EntryTypeText(entry.type)), std::to_string(entry.size),
                 DurationText(report.now_ms - entry.mtime_ms), std::to_string(entry.owner), users.empty() ? "-" : users,
                 entry.path});
    }
    text = table.Text();
  }
  for (const Finding& finding : report.litter) {
    text += std::string(SeverityText(finding.severity)) + " TMP_LITTER " + ToPrintable(finding.path) + "\n";
  }
  return text + std::to_string(report.litter.size()) + " documents in the data roots have litter beside them\n";
}

nlohmann::ordered_json Json(const TempReport& report) {
  nlohmann::ordered_json entries = nlohmann::ordered_json::array();
  for (const TempEntry& entry : report.entries) {
    entries.push_back({{"path", ToUtf8(entry.path)},
                       {"type", EntryTypeText(entry.type)},
                       {"size", entry.size},
                       {"mtime", entry.mtime_ms},
                       {"owner", entry.owner},
                       {"used_by", entry.users}});
  }
  nlohmann::ordered_json litter = nlohmann::ordered_json::array();
  for (const Finding& finding : report.litter) litter.push_back(ToJson(finding));
  return {{"entries", entries}, {"litter", litter}};
}

int Run(const Options& options) {
  const absl::StatusOr<TempReport> report = Collect(options, SystemClock());
  if (!report.ok()) return ReportError(report.status());
  std::cout << (options.json ? Json(*report).dump(2) + "\n" : Text(*report));
  return report->litter.empty() ? 0 : 1;
}

}  // namespace

void AddTempCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("temp", "Show what dgmo left in temporary folders, who uses it, and litter in the data roots");
  command->footer("Exit code: 0 no litter in the data roots, 1 some, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
