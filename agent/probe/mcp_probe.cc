#include "agent/probe/mcp_servers.h"
#include "agent/probe/probes.h"

namespace fleet::agent {

void ProbeMcp(const CheckSettings& settings, HomeModel& home) {
  if (!home.config) return;
  const SystemClock clock;
  McpFacts facts;
  for (const McpEntry& entry : home.config->mcp_entries) {
    if (!entry.enabled) continue;
    McpServer server =
        LookAtMcpServer(entry, home.home, std::chrono::milliseconds(settings.mcp_answer_limit_ms), clock);
    if (server.verdict == McpServer::Verdict::kUnknown) home.unknown.push_back(server.address);
    facts.servers.push_back(std::move(server));
  }
  home.mcp = std::move(facts);
}

}  // namespace fleet::agent
