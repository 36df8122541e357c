#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleet::agent {

// One MCP server that the configuration of a home names, and whether dgmo could reach it.
struct McpServer {
  enum class Verdict : std::uint8_t {
    kReachable,      // a remote one answers as MCP servers do; a local one's program can be started
    kLocked,         // it answers that it wants credentials: alive
    kNoProgram,      // the program of a local one is nowhere to be found
    kNotExecutable,  // it is there, and the home's owner may not run it
    kRefused,        // nothing listens at its address
    kTimedOut,       // no answer in time
    kNotMcp,         // what answers, or what was started, does not speak MCP
    kUnknown,        // could not be looked at
  };
  enum class Era : std::uint8_t { kNone, kLegacy, kModern, kEvents };  // kEvents: the old HTTP+SSE transport

  std::string name;
  bool is_remote = false;
  bool is_enabled = true;
  std::string file;     // configuration that names it
  std::string address;  // of a remote one: its URL without credentials; of a local one: the program's path or name
  Verdict verdict = Verdict::kUnknown;
  Era era = Era::kNone;
  std::string reason;                      // in a word, when it is not reachable
  std::optional<std::int64_t> latency_us;  // of its answer to a ping, or what stands for one
};

// The MCP servers that the configuration of a home names.
struct McpFacts {
  std::vector<McpServer> servers;  // enabled ones
};

}  // namespace fleet::agent
