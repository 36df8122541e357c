#include "agent/checks/rules.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Verdict = McpServer::Verdict;

bool IsUnreachable(Verdict verdict) {
  return verdict != Verdict::kReachable && verdict != Verdict::kLocked && verdict != Verdict::kUnknown;
}

}  // namespace

void CheckMcp(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.mcp) return;
  for (const McpServer& server : home.model.mcp->servers) {
    if (!server.is_enabled || !IsUnreachable(server.verdict)) continue;
    // Two files may name servers alike.
    Finding finding = DraftFinding("MCP_UNREACHABLE", "", home.model.home.path, server.name, {server.file},
                                   server.file + "#" + server.name);
    if (server.address.find('/') != std::string::npos) finding.paths.push_back(server.address);
    finding.evidence["type"] = server.is_remote ? "remote" : "local";
    finding.evidence[server.is_remote ? "url" : "program"] = ToUtf8(server.address);
    finding.evidence["reason"] = server.reason;
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
