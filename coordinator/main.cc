// dgmo-coordinator: the machine that the fleet's agents report to.

#include <fcntl.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <cstdio>

#include "common/log.h"
#include "common/status.h"
#include "common/termination.h"
#include "common/utf8.h"
#include "coordinator/coordinator.h"
#include "coordinator/duration_flag.h"
#include "coordinator/store_location.h"

namespace fleet::coordinator {

namespace {

struct Options {
  std::string listen = kDefaultCoordinatorAddress;
  std::string store = DefaultStoreLocation();
  std::int64_t heartbeat_ms = 20'000;
  std::size_t max_agents = 20'000;
  std::string escalation;
  std::string ready_file;
  bool verbose = false;
  bool check_config = false;
};

void AddOptions(CLI::App& app, Options& options) {
  app.require_subcommand(1);
  app.set_version_flag("--version", FLEET_VERSION)->configurable(false);
  app.set_config("--config", "", "Read these options from a file of lines such as: listen = \"127.0.0.1:7443\"");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--listen", options.listen, "HOST:PORT for agents and admins, of this machine only; port 0: any")
      ->capture_default_str();
  app.add_option("--store", options.store, "sqlite:PATH")->capture_default_str();
  app.add_option("--heartbeat-interval", options.heartbeat_ms,
                 "How often agents say that they live (default 20s); stale after 3 of it, offline after 6")
      ->transform(DurationMs())
      ->check(CLI::Range(std::int64_t{100}, std::int64_t{600'000}).description("100ms to 10m"));
  app.add_option("--max-agents", options.max_agents, "How many may be attached at once")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--escalation", options.escalation, "JSON file: who is told of incidents, when, and by which channels")
      ->type_name("FILE");
  app.add_option("--ready-file", options.ready_file, "Written with the address once it serves");
  app.add_flag("--verbose", options.verbose, "Log more");
  app.add_flag("--check-config", options.check_config, "Check the options and end")->configurable(false);
}

int Fail(const std::string& message) {
  std::fprintf(stderr, "error: %s\n", ToPrintable(message).c_str());
  return 2;
}

// A reader sees the whole address or no file.
absl::Status WriteReadyFile(const std::string& path, const std::string& address) {
  const std::string staged = path + ".new";
  const std::string text = address + "\n";
  const int file = open(staged.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return FromErrno(errno, "cannot write --ready-file " + staged);
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int write_error = errno;
  close(file);
  if (!written) return FromErrno(write_error, "cannot write --ready-file " + staged);
  if (rename(staged.c_str(), path.c_str()) != 0) return FromErrno(errno, "cannot write --ready-file " + path);
  return absl::OkStatus();
}

int Serve(const Options& options, EscalationConfig escalation, const Clock& clock, const Termination& termination) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(options.store);
  if (!store.ok()) return Fail(MessageOf(store.status()));
  CoordinatorSettings settings;
  settings.listen = options.listen;
  settings.gateway.heartbeat_interval = std::chrono::milliseconds(options.heartbeat_ms);
  settings.gateway.max_streams = options.max_agents;
  const auto coordinator = Coordinator::Start(std::move(settings), *std::move(store), std::move(escalation), clock);
  if (!coordinator.ok()) return Fail(MessageOf(coordinator.status()));
  if (!options.ready_file.empty()) {
    const absl::Status written = WriteReadyFile(options.ready_file, (*coordinator)->address());
    if (!written.ok()) return Fail(MessageOf(written));
  }
  std::printf("listening on %s\n", (*coordinator)->address().c_str());
  std::fflush(stdout);
  termination.Wait();
  (*coordinator)->Stop();
  return 0;
}

int Run(int argc, char** argv) {
  CLI::App app("The machine that the agents of a dgmo fleet report to", "dgmo-coordinator");
  Options options;
  AddOptions(app, options);
  CLI::App* serve = app.add_subcommand("serve", "Serve until SIGTERM or Ctrl-C");
  serve->fallthrough();      // the options may stand after it,
  serve->set_help_flag("");  // --help too
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    // Of the whole program: "serve" has no options of its own.
    std::fputs(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal).c_str(), stdout);
    return 0;
  } catch (const CLI::Success& asked_for_version) {
    return app.exit(asked_for_version);
  } catch (const CLI::ParseError& error) {
    return Fail(std::string(error.what()) + "; see dgmo-coordinator --help");
  }
  absl::Status fine = CheckListen(options.listen);
  if (fine.ok()) fine = CheckStoreLocation(options.store);
  if (!fine.ok()) return Fail(MessageOf(fine));
  const SystemClock clock;
  absl::StatusOr<EscalationConfig> escalation = EscalationConfig();
  if (!options.escalation.empty()) escalation = ReadEscalation(options.escalation, clock);
  if (fine.ok()) fine = Annotate(escalation.status(), "--escalation");
  if (!fine.ok()) return Fail(MessageOf(fine));
  if (options.check_config) return 0;
  const Termination termination;
  SetUpLog("dgmo-coordinator", options.verbose);
  return Serve(options, *std::move(escalation), clock, termination);
}

}  // namespace

}  // namespace fleet::coordinator

// Setting options up throws only when the options themselves are wrong: a crash shows that at the first run.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return fleet::coordinator::Run(argc, argv); }
