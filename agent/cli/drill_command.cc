#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/drill_report.h"
#include "agent/cli/new_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  std::vector<std::string> scenarios;
  std::string folder;  // empty: the temporary one
  std::string html;    // a file
  bool quick = false;
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

int Run(const Options& options) {
  const absl::StatusOr<DrillReport> report = Act(options);
  if (!report.ok()) return ReportError(Annotate(report.status(), "drill"));
  if (!options.html.empty()) {
    if (const absl::Status written = WriteNewFile(options.html, DrillHtml(*report)); !written.ok()) {
      return ReportError(written);
    }
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
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
