#include "agent/probe/mcp_messages.h"

#include <nlohmann/json.hpp>

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxVersionBytes = 32;

Json Request(const char* id, const char* method, Json params) {
  Json request = {{"jsonrpc", "2.0"}};
  if (id != nullptr) request["id"] = id;
  request["method"] = method;
  if (!params.is_null()) request["params"] = std::move(params);
  return request;
}

Json ClientInfo() { return {{"name", "dgmo-agent"}, {"version", FLEET_VERSION}}; }

// Codes that came with the modern era: unsupported version, missing capability, header mismatch.
bool IsModernCode(const Json& error) {
  const auto code = error.find("code");
  if (code == error.end() || !code->is_number_integer()) return false;
  const auto number = code->get<std::int64_t>();
  return number >= -32022 && number <= -32020;
}

McpReply ReplyOf(const Json& message, std::string_view id) {
  if (!message.is_object()) return {};
  const auto has_text = [&](const char* name, std::string_view text) {
    const auto found = message.find(name);
    return found != message.end() && found->is_string() && found->get_ref<const std::string&>() == text;
  };
  if (!has_text("jsonrpc", "2.0") || !has_text("id", id)) return {};
  McpReply reply;
  const auto result = message.find("result");
  const auto error = message.find("error");
  if (result != message.end() && result->is_object()) {
    reply.kind = McpReply::Kind::kResult;
    const auto version = result->find("protocolVersion");
    if (version != result->end() && version->is_string()) {
      reply.protocol_version = version->get_ref<const std::string&>().substr(0, kMaxVersionBytes);
    }
  } else if (error != message.end() && error->is_object()) {
    reply.kind = IsModernCode(*error) ? McpReply::Kind::kModernError : McpReply::Kind::kError;
  }
  return reply;
}

}  // namespace

std::string McpDiscover() {
  return Request(kDiscoverId, "server/discover",
                 {{"_meta",
                   {{"io.modelcontextprotocol/protocolVersion", kMcpModernVersion},
                    {"io.modelcontextprotocol/clientInfo", ClientInfo()},
                    {"io.modelcontextprotocol/clientCapabilities", Json::object()}}}})
      .dump();
}

std::string McpInitialize() {
  return Request(
             kInitializeId, "initialize",
             {{"protocolVersion", kMcpLegacyVersion}, {"capabilities", Json::object()}, {"clientInfo", ClientInfo()}})
      .dump();
}

std::string McpInitialized() { return Request(nullptr, "notifications/initialized", nullptr).dump(); }

std::string McpPing() { return Request(kPingId, "ping", nullptr).dump(); }

McpReply ParseMcp(std::string_view text, std::string_view id) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_array()) return ReplyOf(json, id);
  for (const Json& message : json) {
    if (McpReply reply = ReplyOf(message, id); reply.kind != McpReply::Kind::kNone) return reply;
  }
  return {};
}

McpReply ParseMcpBody(std::string_view content_type, std::string_view body, std::string_view id) {
  if (content_type != "text/event-stream") return ParseMcp(body, id);
  for (const std::string& data : EventData(body)) {
    if (McpReply reply = ParseMcp(data, id); reply.kind != McpReply::Kind::kNone) return reply;
  }
  return {};
}

std::vector<std::string> EventData(std::string_view stream) {
  std::vector<std::string> events;
  std::string data;
  bool any = false;
  for (std::size_t end; (end = stream.find('\n')) != std::string_view::npos; stream.remove_prefix(end + 1)) {
    std::string_view line = stream.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) {
      if (any) events.push_back(std::move(data));
      data.clear();
      any = false;
    } else if (line.rfind("data:", 0) == 0) {
      line.remove_prefix(line.size() > 5 && line[5] == ' ' ? 6 : 5);
      if (any) data += '\n';
      data += line;
      any = true;
    }
  }
  return events;
}

}  // namespace fleet::agent
