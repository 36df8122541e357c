#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/backup/sessions/restore.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/restore_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  RestoreRequest request;
  std::string at;
  std::string into;
  bool json = false;
};

absl::StatusOr<RestoreRun> RunRestore(Options& options) {
  const SystemClock clock;
  RestoreRequest& request = options.request;
  if (!options.at.empty()) {
    request.at_ms = ParseTimeText(options.at);
    if (!request.at_ms) {
      return InvalidArgument("--at: not a time: " + ToUtf8(options.at) + "; give one such as 2025-07-08T10:20:00Z");
    }
  }
  ASSIGN_OR_RETURN(std::vector<Target> targets, ResolveTargets(options.targets));
  if (targets.size() != 1) return InvalidArgument("one home at a time, please: give --home or --root only once");
  request.target = std::move(targets.front());
  request.state = StateFolder(options.targets);
  if (!options.into.empty()) {
    if (!request.session.empty() || request.configuration) {
      return InvalidArgument("--into writes everything; leave --session and --config out");
    }
    return RestoreInto(request, options.into, clock);
  }
  return Restore(request, clock, SleepFor);
}

int Run(Options& options) {
  const absl::StatusOr<RestoreRun> run = RunRestore(options);
  if (!run.ok()) return ReportError(Annotate(run.status(), "restore"));
  const std::string repeat = options.targets.state.empty() ? "" : " --state " + options.targets.state;
  if (options.json) {
    std::cout << RestoreJson(*run, options.request.plan).dump(2) << '\n';
  } else {
    std::cout << RestoreText(*run, options.request.plan, repeat);
  }
  return run->refusal ? 1 : 0;
}

}  // namespace

void AddRestoreCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("restore", "Bring sessions or the configuration back from a backup");
  command->footer(
      "Without --from the newest good backup is taken; bad ones are passed over and named. Documents that the backup\n"
      "does not hold stay, indexes are merged and rebuilt, and what was damaged when it was backed up replaces "
      "nothing.\n"
      "What is there before is saved first, and `dgmo-agent undo` takes the restore back. Exit dgmo before.\n"
      "Exit code: 0 restored and verified, 1 refused or taken back (nothing has changed), 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  RestoreRequest& request = options->request;
  command->add_option("--from", request.from, "An archive of sessions or a copied folder, also of an older program")
      ->type_name("FILE");
  command->add_option("--folder", request.folders, "Another folder to look for backups in; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_option("--at", options->at, "Only a backup made until then, such as 2025-07-08T10:20:00Z")
      ->type_name("TIME");
  command->add_option("--session", request.session, "Only this session with its sub-sessions")->type_name("ID");
  command->add_option("--key", request.key, "Which data root of the backup goes to the one named with --root")
      ->type_name("KEY");
  command->add_option("--into", options->into, "Write everything to a new folder and leave the home as it is")
      ->type_name("DIR");
  command->add_flag("--config", request.configuration, "Only the configuration, in place of what is there");
  command->add_flag("--keep-existing", request.keep_existing, "Leave files that can be read as they are");
  command->add_flag("--dry-run", request.plan, "Only show what would be done");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
