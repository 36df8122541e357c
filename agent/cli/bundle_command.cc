#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/bundle/bundle.h"
#include "agent/cli/check_options.h"
#include "agent/cli/check_report.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/look.h"
#include "agent/cli/selectors.h"
#include "agent/cli/targets.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  Selectors selectors;
  CheckOptions checks;
  std::string output;
  bool force = false;
  bool anonymise = false;
  bool json = false;
};

struct Seen {
  Look look;
  CheckReport report;
};

absl::StatusOr<Seen> See(CLI::App& command, Options& options, const Clock& clock) {
  RETURN_IF_ERROR(TakeCheckOptions(command, options.targets, options.checks));
  const CheckSettings& settings = options.checks.settings;
  RETURN_IF_ERROR(ExpandCodes(options.selectors.only, *settings.patterns).status());
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  DirectProbeRunner runner;
  Seen seen;
  ASSIGN_OR_RETURN(seen.look, LookAt(targets, settings, runner, clock));
  ASSIGN_OR_RETURN(seen.report, ReportOf(seen.look, options.selectors, *settings.patterns));
  return seen;
}

KnownNames NamesOf(const Seen& seen, bool anonymise) {
  KnownNames names;
  names.anonymise = anonymise;
  char host[256] = {};
  if (gethostname(host, sizeof host - 1) == 0) names.host = host;
  for (const HomeModel& home : seen.look.homes) {
    if (!home.home.path.empty()) names.homes.push_back(home.home.path);
    for (const RootModel& root : home.roots) {
      names.roots.push_back(root.root.path);
      if (!root.root.name.empty()) names.projects.push_back(root.root.name);
    }
  }
  return names;
}

// The report as `check` makes it, of nothing that is private: everything below comes from it.
CheckReport Redacted(CheckReport report, Redactor& redactor) {
  for (CheckReport::RootSummary& root : report.roots) {
    root.path = redactor.Path(root.path);
    root.name = redactor.Name(root.name);
  }
  for (std::string& place : report.searched) place = redactor.Path(place);
  std::set<std::string> unknown;
  for (const std::string& place : report.unknown) unknown.insert(redactor.Name(place));
  report.unknown = std::move(unknown);
  for (Finding& finding : report.findings) finding = redactor.Redact(finding);
  return report;
}

Bundle Gather(const Options& options, const Seen& seen, Redactor& redactor, std::int64_t now_ms) {
  const CheckReport report = Redacted(seen.report, redactor);
  Bundle bundle;
  bundle.Add("check.json", ReportJson(report).dump(2) + "\n");
  bundle.Add("diagnostics.txt", ReportText(report, false));
  bundle.Add("quick.txt", QuickText(report));
  bundle.Report("Quick check", QuickText(report));
  AddSections({seen.look.homes, seen.look.machine, report.findings, StateFolder(options.targets), now_ms}, redactor,
              bundle);
  bundle.Report("Full diagnostics", ReportText(report, false));
  bundle.Finish(redactor, now_ms, options.anonymise);
  return bundle;
}

int Run(CLI::App& command, Options& options, const Clock& clock) {
  const absl::StatusOr<Seen> seen = See(command, options, clock);
  if (!seen.ok()) return ReportError(seen.status());
  const std::int64_t now_ms = ToMillis(clock.Now());
  Redactor redactor(NamesOf(*seen, options.anonymise));
  const Bundle bundle = Gather(options, *seen, redactor, now_ms);
  const absl::Status written = WriteBundle(bundle, options.output, options.force, now_ms);
  if (!written.ok()) return ReportError(written);
  if (options.json) {
    std::cout << nlohmann::ordered_json{{"bundle", ToUtf8(options.output)},
                                        {"members", bundle.members().size()},
                                        {"findings", seen->report.findings.size()},
                                        {"redactions", redactor.counts()}}
                     .dump(2)
              << '\n';
  } else {
    std::cout << ToPrintable(options.output) << ": " << bundle.members().size() << " files, "
              << seen->report.findings.size() << " findings; look through report.txt in it before you send it\n";
  }
  return 0;
}

}  // namespace

void AddBundleCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "bundle",
      "Gather what an escalation needs into one file, without texts, names and secrets; changes nothing else");
  command->footer("Exit code: 0 written, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddSelectorOptions(*command, options->selectors);
  AddCheckOptions(*command, options->checks);
  command->add_option("-o,--output", options->output, "The file to write (tar.zst); it must not be there")
      ->required()
      ->type_name("FILE");
  command->add_flag("--force", options->force, "Replace the file when it is there");
  command->add_flag("--anonymise", options->anonymise, "Leave out the names of users, projects and the host, too");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options, SystemClock()); });
}

}  // namespace fleet::agent
