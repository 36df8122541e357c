// dgmoctl: everything the coordinator can do, from a shell.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>

#include "common/channel_args.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/utf8.h"
#include "coordinator/ctl/commands.h"
#include "coordinator/duration_flag.h"

namespace fleet::coordinator {

namespace {

struct Options {
  std::string coordinator = kDefaultCoordinatorAddress;
  std::int64_t timeout_ms = 10'000;
  bool json = false;
};

constexpr char kFooter[] =
    "Exit status: 0 fine, 1 the answer says that something is wrong (where a command says so), 2 could not ask.\n"
    "Environment: DGMO_COORDINATOR for --coordinator; NO_COLOR for output without colour.";

void AddOptions(CLI::App& app, Options& options) {
  app.fallthrough();  // so that they may stand after the command too
  app.require_subcommand(1);
  app.set_version_flag("--version", FLEET_VERSION);
  app.footer(kFooter);
  app.add_option("--coordinator", options.coordinator, "HOST:PORT of the coordinator")
      ->envname("DGMO_COORDINATOR")
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_ms, "How long to wait for an answer (default 10s)")
      ->transform(DurationMs());
  app.add_flag("--json", options.json, "One JSON document (JSON lines for watch) instead of text");
}

int Fail(const std::string& message) {
  std::fprintf(stderr, "error: %s\n", ToPrintable(message).c_str());
  return kCouldNotAsk;
}

int Run(int argc, char** argv) {
  CLI::App app("Ask and direct a dgmo-coordinator", "dgmoctl");
  Options options;
  Command chosen;
  AddOptions(app, options);
  AddOverviewCommand(app, chosen);
  AddAgentCommands(app, chosen);
  AddIncidentCommands(app, chosen);
  AddNoticeCommand(app, chosen);
  AddDispatchCommands(app, chosen);
  AddWatchCommand(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& error) {
    return Fail(std::string(error.what()) + "; see dgmoctl --help");
  }
  FleetClient client(options.coordinator, std::chrono::milliseconds(options.timeout_ms));
  Session session{client, options.json, {WantsColour(), ToMillis(SystemClock().Now())}};
  const Outcome outcome = chosen(session);
  return outcome.ok() ? *outcome : Fail(MessageOf(outcome.status()));
}

}  // namespace

}  // namespace fleet::coordinator

// Setting options up throws only when the options themselves are wrong: a crash shows that at the first run.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return fleet::coordinator::Run(argc, argv); }
