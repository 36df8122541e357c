#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The few JSON-RPC messages that show whether an MCP server lives, for both eras of the protocol: the modern one
// (2026-07-28) has no handshake and no ping, the legacy ones have no discovery. Pure.

inline constexpr char kMcpModernVersion[] = "2026-07-28";
inline constexpr char kMcpLegacyVersion[] = "2025-11-25";

inline constexpr char kDiscoverId[] = "dgmo-agent-discover";
inline constexpr char kInitializeId[] = "dgmo-agent-initialize";
inline constexpr char kPingId[] = "dgmo-agent-ping";

// Each is one line without its end.
std::string McpDiscover();
std::string McpInitialize();
std::string McpInitialized();  // a notification: there is no answer
std::string McpPing();

// What a text says in answer to the request of that id.
struct McpReply {
  enum class Kind : std::uint8_t {
    kNone,         // nothing: other messages, or no JSON-RPC
    kResult,       // a result object
    kModernError,  // an error that only modern servers give
    kError,        // any other
  };
  Kind kind = Kind::kNone;
  std::string protocol_version;  // of the result of initialize
};

// `text` is one JSON-RPC message or an array of them.
McpReply ParseMcp(std::string_view text, std::string_view id);
// Of an answer over HTTP, which is JSON or a stream of events whose data is JSON.
McpReply ParseMcpBody(std::string_view content_type, std::string_view body, std::string_view id);

// The data of the complete events of a stream.
std::vector<std::string> EventData(std::string_view stream);

}  // namespace fleet::agent
