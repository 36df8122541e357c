#include "agent/cli/mcp_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;
using Verdict = McpServer::Verdict;

std::string_view EraText(McpServer::Era era) {
  switch (era) {
    case McpServer::Era::kNone: return "";
    case McpServer::Era::kLegacy: return "legacy";
    case McpServer::Era::kModern: return "modern";
    case McpServer::Era::kEvents: return "sse";
  }
  return "";
}

Json TextOrNull(std::string_view text) { return text.empty() ? Json(nullptr) : Json(ToUtf8(text)); }

std::string LatencyText(const McpServer& server) {
  return server.latency_us ? std::to_string((*server.latency_us + 500) / 1'000) + " ms" : "-";
}

}  // namespace

std::string_view VerdictText(const McpServer& server, bool started) {
  if (!server.is_enabled) return "disabled";
  switch (server.verdict) {
    case Verdict::kReachable: return server.is_remote || started ? "reachable" : "found";
    case Verdict::kLocked: return "locked";
    case Verdict::kNoProgram: return "no_program";
    case Verdict::kNotExecutable: return "not_executable";
    case Verdict::kRefused: return "refused";
    case Verdict::kTimedOut: return "timeout";
    case Verdict::kNotMcp: return "not_mcp";
    case Verdict::kUnknown: return "unknown";
  }
  return "unknown";
}

std::string McpText(const std::vector<McpState>& states, bool started) {
  Table table({"NAME", "TYPE", "VERDICT", "LATENCY", "ADDRESS", "WHY"});
  bool any = false;
  std::string text;
  for (const McpState& state : states) {
    if (!state.is_known) text += ToPrintable(state.home) + ": the configuration could not be looked at\n";
    for (const McpServer& server : state.servers) {
      any = true;
      table.Add({server.name, server.is_remote ? "remote" : "local", std::string(VerdictText(server, started)),
                 LatencyText(server), server.address, server.reason});
    }
  }
  if (any) return text + table.Text();
  return text.empty() ? "no MCP server is configured\n" : text;
}

Json McpJson(const std::vector<McpState>& states, bool started) {
  Json list = Json::array();
  for (const McpState& state : states) {
    for (const McpServer& server : state.servers) {
      Json entry = {{"home", ToUtf8(state.home)},
                    {"name", ToUtf8(server.name)},
                    {"type", server.is_remote ? "remote" : "local"},
                    {"enabled", server.is_enabled},
                    {"verdict", VerdictText(server, started)},
                    {"era", TextOrNull(EraText(server.era))},
                    {"latency_us", nullptr},
                    {"address", ToUtf8(server.address)},
                    {"reason", TextOrNull(server.reason)},
                    {"file", ToUtf8(server.file)}};
      if (server.latency_us) entry["latency_us"] = *server.latency_us;
      list.push_back(std::move(entry));
    }
  }
  return {{"servers", list}};
}

int ExitCodeOf(const std::vector<McpState>& states) {
  int code = 0;
  for (const McpState& state : states) {
    if (!state.is_known) code = 2;
    for (const McpServer& server : state.servers) {
      if (!server.is_enabled || server.verdict == Verdict::kReachable || server.verdict == Verdict::kLocked) continue;
      if (server.verdict != Verdict::kUnknown) return 1;
      code = 2;
    }
  }
  return code;
}

}  // namespace fleet::agent
