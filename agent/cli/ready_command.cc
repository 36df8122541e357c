#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/cli/check_options.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/readiness.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "common/clock.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  CheckOptions checks;
  bool json = false;
};

constexpr int kServePort = 4096;       // of `dgmo serve`
constexpr int kTaskEventsPort = 5747;  // fixed, of every dgmo

// Whether somebody listens there on the loopback interface. Asks for the port without ever listening on it.
bool IsUsed(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool used = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == EADDRINUSE;
  close(fd);
  return used;
}

absl::StatusOr<std::vector<Readiness>> Judge(CLI::App& command, Options& options) {
  RETURN_IF_ERROR(TakeCheckOptions(command, options.targets, options.checks));
  if (!options.targets.roots.empty()) {
    return InvalidArgument("--root names data only; give the home that dgmo would start in with --home");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  const CheckSettings& settings = options.checks.settings;
  std::vector<Readiness> homes;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomeModel home, Inspect(target, SleepFor));
    ProbeConfig(settings, home);
    const std::vector<Finding> findings = CheckHome(home, ToMillis(SystemClock().Now()), settings);
    homes.push_back(
        JudgeReadiness(home, findings, {{kTaskEventsPort, IsUsed(kTaskEventsPort)}, {kServePort, IsUsed(kServePort)}}));
  }
  return homes;
}

int Run(CLI::App& command, Options& options) {
  const absl::StatusOr<std::vector<Readiness>> homes = Judge(command, options);
  if (!homes.ok()) return ReportError(homes.status());
  bool ready = true;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Readiness& home : *homes) {
    ready = ready && home.ready();
    if (options.json) {
      json.push_back(ReadinessJson(home));
    } else {
      std::cout << (&home == &homes->front() ? "" : "\n") << ReadinessText(home);
    }
  }
  if (options.json) std::cout << nlohmann::ordered_json{{"ready", ready}, {"homes", json}}.dump(2) << '\n';
  return ready ? 0 : 1;
}

}  // namespace

void AddReadyCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("ready", "Say whether dgmo would start and see its sessions; starts and changes nothing");
  command->footer("Exit code: 0 it would, 1 something is in its way, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddCheckOptions(*command, options->checks);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options); });
}

}  // namespace fleet::agent
