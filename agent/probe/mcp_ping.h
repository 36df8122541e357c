#pragma once

#include <chrono>
#include <string>

#include "agent/checks/facts/config_facts.h"
#include "agent/checks/facts/mcp_facts.h"
#include "common/clock.h"

namespace fleet::agent {

// How asking an MCP server went; the fields are those of McpServer.
struct McpAnswer {
  McpServer::Verdict verdict = McpServer::Verdict::kUnknown;
  McpServer::Era era = McpServer::Era::kNone;
  std::string reason;
  std::optional<std::int64_t> latency_us;
};

// Asks a server over HTTP whether it lives: discovery for a modern one, else a handshake and a ping for a legacy one
// (whose session is ended again), else whether it opens an event stream. Calls no tool. Blocks, each call for at most
// `limit`; any thread.
McpAnswer PingRemote(const std::string& url, std::chrono::milliseconds limit, const Clock& clock);

// Starts a local server in a process group of its own, asks it over its standard input and output, and ends it again:
// its input is closed, then SIGTERM, then SIGKILL. No shell. It gets the agent's environment and the entry's, and
// `directory` to work in. Blocks for at most `limit` and two seconds more; any thread.
McpAnswer PingLocal(const McpEntry& entry, const std::string& program, const std::string& directory,
                    std::chrono::milliseconds limit, const Clock& clock);

}  // namespace fleet::agent
