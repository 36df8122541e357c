#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/drill_report.h"
#include "agent/cli/new_file.h"
#include "agent/cli/targets.h"
#include "agent/drill/history.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  std::vector<std::string> scenarios;
  std::string folder;  // empty: the temporary one
  std::string html;    // a file
  std::string state;
  bool quick = false;
  bool keep = false;
  bool history = false;
  bool json = false;
};

absl::StatusOr<std::vector<const Drill*>> Chosen(const Options& options) {
  std::vector<const Drill*> drills;
  for (const std::string& id : options.scenarios) {
    const Drill* drill = FindDrill(id);
    if (drill == nullptr) {
      return InvalidArgument("--scenario: no drill is called " + ToPrintable(id) + "; see dgmo-agent drill --help");
    }
    drills.push_back(drill);
  }
  if (!drills.empty()) return drills;
  for (const Drill& drill : AllDrills()) {
    if (drill.quick || !options.quick) drills.push_back(&drill);
  }
  return drills;
}

absl::StatusOr<DrillReport> Act(const Options& options) {
  ASSIGN_OR_RETURN(const std::vector<const Drill*> drills, Chosen(options));
  std::string folder = options.folder;
  if (folder.empty()) {
    std::error_code none;
    folder = std::filesystem::temp_directory_path(none).string();
    if (none) return FailedPrecondition("there is no temporary folder; set TMPDIR to one or give --folder");
  }
  return RunDrills(drills, folder, SystemClock());
}

int ShowHistory(const Options& options, const std::string& state) {
  const std::vector<PastDrill> past = PastDrills(state);
  if (options.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const PastDrill& each : past) {
      json.push_back({{"began_ms", each.began_ms},
                      {"full", each.full},
                      {"passed", each.passed},
                      {"failed", each.failed},
                      {"skipped", each.skipped},
                      {"failures", each.failures},
                      {"report", ToUtf8(each.path)}});
    }
    std::cout << json.dump(2) << '\n';
    return 0;
  }
  if (past.empty()) std::cout << "No drill was kept in " << ToPrintable(state) << ".\n";
  Table table({"BEGAN", "DRILLS", "PASSED", "FAILED", "SKIPPED", "REPORT"});
  for (const PastDrill& each : past) {
    table.Add({TimeText(each.began_ms), each.full ? "all" : "some", std::to_string(each.passed),
               std::to_string(each.failed), std::to_string(each.skipped), each.path});
  }
  if (!past.empty()) std::cout << table.Text();
  return 0;
}

int Run(const Options& options) {
  Targets own;
  own.state = options.state;
  const std::string state = StateFolder(own);
  if (options.history) return ShowHistory(options, state);
  const absl::StatusOr<DrillReport> report = Act(options);
  if (!report.ok()) return ReportError(Annotate(report.status(), "drill"));
  if (!options.html.empty()) {
    if (const absl::Status written = WriteNewFile(options.html, DrillHtml(*report)); !written.ok()) {
      return ReportError(written);
    }
  }
  if (options.keep) {
    const absl::Status kept = KeepDrill(state, DrillJson(*report).dump(2) + "\n", report->began_ms);
    if (!kept.ok()) return ReportError(Annotate(kept, "the report could not be kept"));
  }
  std::cout << (options.json ? DrillJson(*report).dump(2) + "\n" : DrillText(*report));
  return report->Count(DrillOutcome::kFail) == 0 ? 0 : 1;
}

std::string ListOfDrills() {
  std::string text = "Drills:\n";
  for (const Drill& drill : AllDrills()) {
    text.append("  ").append(drill.id).append(drill.id.size() < 3 ? "   " : "  ").append(drill.title);
    text.append(drill.quick ? "\n" : " (takes longer)\n");
  }
  return text;
}

}  // namespace

void AddDrillCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "drill", "Act out disasters on stores made for it, and measure how fast and how completely they are cured");
  command->footer(ListOfDrills() +
                  "No store of a user is touched: everything happens in a temporary folder that is removed again.\n"
                  "Exit code: 0 none failed, 1 some failed, 2 could not run.");
  auto options = std::make_shared<Options>();
  command->add_option("--scenario", options->scenarios, "Only these, comma separated")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("D1,...");
  command->add_flag("--quick", options->quick, "Leave out those that take longer");
  command->add_option("--folder", options->folder, "Where to act them out, instead of the temporary folder")
      ->type_name("DIR");
  command->add_option("--html", options->html, "Also write the report to a new file, as a page")->type_name("FILE");
  command->add_flag("--keep", options->keep, "Keep the report in the state folder, as a running agent does")
      ->excludes("--scenario");
  command->add_flag("--history", options->history, "Only show what the kept reports came to");
  command->add_option("--state", options->state, "The agent's own folder")->type_name("DIR");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
