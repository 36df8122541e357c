#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/configured_homes.h"
#include "agent/cli/mcp_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/mcp_ping.h"
#include "agent/probe/mcp_servers.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  bool start = false;
  double limit = 30;  // seconds
  bool json = false;
};

// Starts a local server as dgmo would and asks it.
void Start(const McpEntry& entry, const Home& home, std::chrono::milliseconds limit, const Clock& clock,
           McpServer& server) {
  if (geteuid() != home.owner) {
    server.verdict = McpServer::Verdict::kUnknown;
    server.reason = "only started by the owner of the home";
    return;
  }
  McpAnswer answer = PingLocal(entry, ProgramOf(entry, home).path, home.path, limit, clock);
  server.verdict = answer.verdict;
  server.era = answer.era;
  server.reason = std::move(answer.reason);
  server.latency_us = answer.latency_us;
}

absl::StatusOr<std::vector<McpState>> Look(const Options& options, const Clock& clock) {
  if (!(options.limit >= 0.1 && options.limit <= 600)) {
    return InvalidArgument("--limit: not between 0.1 and 600 seconds");
  }
  const std::chrono::milliseconds limit(static_cast<std::int64_t>(options.limit * 1'000));
  ASSIGN_OR_RETURN(const std::vector<HomeModel> homes, ConfiguredHomes(options.targets, {}));
  std::vector<McpState> states;
  for (const HomeModel& home : homes) {
    McpState& state = states.emplace_back();
    state.home = home.home.path;
    state.is_known = home.config.has_value();
    if (!home.config) continue;
    for (const McpEntry& entry : home.config->mcp_entries) {
      if (!entry.enabled) {
        state.servers.push_back(NameMcpServer(entry));
        continue;
      }
      McpServer server = LookAtMcpServer(entry, home.home, limit, clock);
      if (options.start && !server.is_remote && server.verdict == McpServer::Verdict::kReachable) {
        Start(entry, home.home, limit, clock, server);
      }
      state.servers.push_back(std::move(server));
    }
  }
  return states;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<McpState>> states = Look(options, SystemClock());
  if (!states.ok()) return ReportError(states.status());
  if (options.json) {
    std::cout << McpJson(*states, options.start).dump(2) << '\n';
  } else {
    std::cout << McpText(*states, options.start);
  }
  return ExitCodeOf(*states);
}

}  // namespace

void AddMcpCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("mcp", "Ask every MCP server of the configuration whether it lives");
  command->footer(
      "Local servers are only looked for, unless --start is given: starting one may load a model or reach the "
      "network.\n"
      "Exit code: 0 all enabled servers are fine, 1 some are not, 2 could not look.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_flag("--start", options->start, "Start local servers, ask them, and end them again");
  command->add_option("--limit", options->limit, "Seconds that one server may take")
      ->type_name("S")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
