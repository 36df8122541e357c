#include "agent/probe/mcp_servers.h"

#include <iterator>
#include <sstream>

#include "agent/probe/mcp_ping.h"
#include "agent/probe/programs.h"
#include "common/http/http_client.h"

namespace fleet::agent {

namespace {

using Verdict = McpServer::Verdict;

void LookAtLocal(const McpEntry& entry, const Home& home, McpServer& server) {
  const CommandProgram found = ProgramOf(entry, home);
  if (!found.path.empty()) server.address = found.path;
  switch (found.state) {
    case CommandProgram::State::kFound: server.verdict = Verdict::kReachable; break;
    case CommandProgram::State::kNotExecutable:
      server.verdict = Verdict::kNotExecutable;
      server.reason = "the owner of the home may not run it";
      break;
    case CommandProgram::State::kMissing:
      server.verdict = Verdict::kNoProgram;
      server.reason = "there is no such program";
      break;
    case CommandProgram::State::kUnknown: server.reason = "it could not be told where the program is"; break;
  }
}

}  // namespace

CommandProgram ProgramOf(const McpEntry& entry, const Home& home) {
  const std::string directory = entry.file.substr(0, entry.file.rfind('/'));
  std::vector<std::string> folders;
  // An entry may bring a PATH of its own.
  if (const auto path = entry.environment.find("PATH"); path != entry.environment.end()) {
    std::istringstream pieces(path->second);
    for (std::string folder; std::getline(pieces, folder, ':');) {
      if (folder.rfind('/', 0) == 0) folders.push_back(folder);
    }
  }
  std::vector<std::string> usual = ProgramFolders(home);
  std::move(usual.begin(), usual.end(), std::back_inserter(folders));
  return FindCommand(entry.command.empty() ? "" : entry.command.front(), directory, folders, home.owner);
}

McpServer NameMcpServer(const McpEntry& entry) {
  McpServer server;
  server.name = entry.name;
  server.is_remote = entry.type == McpEntry::Type::kRemote;
  server.is_enabled = entry.enabled;
  server.file = entry.file;
  if (server.is_remote) {
    server.address = PlainUrl(entry.url);
  } else if (!entry.command.empty()) {
    server.address = entry.command.front();
  }
  return server;
}

McpServer LookAtMcpServer(const McpEntry& entry, const Home& home, std::chrono::milliseconds limit,
                          const Clock& clock) {
  McpServer server = NameMcpServer(entry);
  if (!server.is_remote) {
    LookAtLocal(entry, home, server);
  } else if (server.address.empty()) {
    server.verdict = Verdict::kNotMcp;
    server.reason = "its address is no URL of http or https";
  } else {
    McpAnswer answer = PingRemote(entry.url, limit, clock);
    server.verdict = answer.verdict;
    server.era = answer.era;
    server.reason = std::move(answer.reason);
    server.latency_us = answer.latency_us;
  }
  return server;
}

}  // namespace fleet::agent
