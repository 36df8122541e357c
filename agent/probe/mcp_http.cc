#include "agent/probe/mcp_messages.h"
#include "agent/probe/mcp_ping.h"
#include "common/http/http_client.h"

namespace fleet::agent {

namespace {

using Verdict = McpServer::Verdict;
using Era = McpServer::Era;

constexpr std::size_t kMaxBody = 1024 * 1024;

McpAnswer Failed(const HttpError& error) {
  switch (error.failure) {
    case HttpFailure::kRefused: return {Verdict::kRefused, Era::kNone, "connection refused", {}};
    case HttpFailure::kTimedOut: return {Verdict::kTimedOut, Era::kNone, "no answer in time", {}};
    case HttpFailure::kClosed: return {Verdict::kNotMcp, Era::kNone, "connection closed unanswered", {}};
    case HttpFailure::kTooLarge: return {Verdict::kNotMcp, Era::kNone, "answer too large", {}};
    case HttpFailure::kNotHttp: return {Verdict::kNotMcp, Era::kNone, "answer is not HTTP", {}};
    case HttpFailure::kUnresolved: return {Verdict::kUnknown, Era::kNone, "the host's name has no address", {}};
    case HttpFailure::kUnreachable: return {Verdict::kUnknown, Era::kNone, "no way to the host", {}};
    case HttpFailure::kTls: return {Verdict::kUnknown, Era::kNone, "no secure connection", {}};
    case HttpFailure::kOther: break;
  }
  return {Verdict::kUnknown, Era::kNone, "the request could not be made", {}};
}

bool IsLocked(const HttpAnswer& answer) { return answer.status == 401 || answer.status == 403; }

// Alive, and no more can be learned now.
bool IsBusy(const HttpAnswer& answer) { return answer.status == 429; }

// One server's exchanges.
class Remote {
 public:
  Remote(const std::string& url, std::chrono::milliseconds limit, const Clock& clock)
      : url_(url), limit_(limit), clock_(clock) {}

  McpAnswer Ask() {
    const HttpResult discovered =
        Post(McpDiscover(), kDiscoverId,
             {std::string("MCP-Protocol-Version: ") + kMcpModernVersion, "Mcp-Method: server/discover"});
    if (const auto* error = std::get_if<HttpError>(&discovered)) {
      // Legacy servers may end a request that they do not understand.
      if (error->failure != HttpFailure::kClosed) return Failed(*error);
    } else {
      const auto& answer = std::get<HttpAnswer>(discovered);
      if (IsLocked(answer)) return {Verdict::kLocked, Era::kNone, "credentials wanted", took_us_};
      if (IsBusy(answer)) return {Verdict::kUnknown, Era::kNone, "too many requests", {}};
      const McpReply reply = ParseMcpBody(answer.content_type(), answer.body, kDiscoverId);
      if (reply.kind == McpReply::Kind::kResult || reply.kind == McpReply::Kind::kModernError) {
        return {Verdict::kReachable, Era::kModern, "", took_us_};
      }
    }
    return AskLegacy();
  }

 private:
  McpAnswer AskLegacy() {
    const HttpResult initialized = Post(McpInitialize(), kInitializeId, {});
    if (const auto* error = std::get_if<HttpError>(&initialized)) return Failed(*error);
    const auto& answer = std::get<HttpAnswer>(initialized);
    if (IsLocked(answer)) return {Verdict::kLocked, Era::kNone, "credentials wanted", took_us_};
    const McpReply reply = ParseMcpBody(answer.content_type(), answer.body, kInitializeId);
    if (reply.kind != McpReply::Kind::kResult) return AskEvents(answer);
    std::vector<std::string> session;
    const auto id = answer.headers.find("mcp-session-id");
    if (id != answer.headers.end()) session.push_back("Mcp-Session-Id: " + id->second);
    session.push_back("MCP-Protocol-Version: " +
                      (reply.protocol_version.empty() ? kMcpLegacyVersion : reply.protocol_version));
    (void)Post(McpInitialized(), "", session);
    McpAnswer verdict = Ping(session);
    if (id != answer.headers.end()) {
      HttpRequest end;
      end.method = "DELETE";
      (void)Send(std::move(end), session);
    }
    return verdict;
  }

  McpAnswer Ping(const std::vector<std::string>& session) {
    const HttpResult pinged = Post(McpPing(), kPingId, session);
    if (const auto* error = std::get_if<HttpError>(&pinged)) return Failed(*error);
    const auto& answer = std::get<HttpAnswer>(pinged);
    const McpReply reply = ParseMcpBody(answer.content_type(), answer.body, kPingId);
    if (reply.kind == McpReply::Kind::kResult) return {Verdict::kReachable, Era::kLegacy, "", took_us_};
    return {Verdict::kNotMcp, Era::kLegacy, "ping not answered", {}};
  }

  // Before streamable HTTP the address opened a stream of events and took no request. Any other page is no MCP server:
  // that some bytes came back proves nothing.
  McpAnswer AskEvents(const HttpAnswer& refused) {
    HttpRequest request;
    request.only_headers = true;
    const HttpResult opened = Send(std::move(request), {"Accept: text/event-stream"});
    if (const auto* error = std::get_if<HttpError>(&opened)) return Failed(*error);
    const auto& answer = std::get<HttpAnswer>(opened);
    if (answer.status == 200 && answer.content_type() == "text/event-stream") {
      return {Verdict::kReachable, Era::kEvents, "", took_us_};
    }
    return {Verdict::kNotMcp,
            Era::kNone,
            "HTTP status " + std::to_string(refused.status) + " without a JSON-RPC answer",
            {}};
  }

  HttpResult Post(const std::string& message, std::string_view id, const std::vector<std::string>& headers) {
    HttpRequest request;
    request.method = "POST";
    request.body = message;
    // A stream may stay open after the answer.
    request.is_enough = [id](std::string_view body) {
      return !id.empty() && ParseMcpBody("text/event-stream", body, id).kind != McpReply::Kind::kNone;
    };
    std::vector<std::string> all = {"Content-Type: application/json", "Accept: application/json, text/event-stream"};
    all.insert(all.end(), headers.begin(), headers.end());
    return Send(std::move(request), std::move(all));
  }

  HttpResult Send(HttpRequest request, std::vector<std::string> headers) {
    request.url = url_;
    request.headers = std::move(headers);
    request.total_limit = limit_;
    request.max_body = kMaxBody;
    const MonoTime begin = clock_.Mono();
    HttpResult result = Fetch(request);
    took_us_ = std::chrono::duration_cast<std::chrono::microseconds>(clock_.Mono() - begin).count();
    return result;
  }

  const std::string& url_;
  const std::chrono::milliseconds limit_;
  const Clock& clock_;
  std::int64_t took_us_ = 0;
};

}  // namespace

McpAnswer PingRemote(const std::string& url, std::chrono::milliseconds limit, const Clock& clock) {
  return Remote(url, limit, clock).Ask();
}

}  // namespace fleet::agent
