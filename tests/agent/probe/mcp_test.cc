#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/probe/mcp_messages.h"
#include "agent/probe/mcp_ping.h"
#include "agent/probe/mcp_servers.h"
#include "agent/probe/probes.h"
#include "tests/support/fake_clock.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using Json = nlohmann::json;
using Kind = McpReply::Kind;
using Verdict = McpServer::Verdict;
using Era = McpServer::Era;
using std::chrono::milliseconds;

// An MCP server over HTTP, of either era, with the manners of the reference server.
class McpDouble {
 public:
  enum class Style { kLegacy, kLegacyEvents, kModern, kOldEvents, kLocked, kDeafToPing };

  explicit McpDouble(Style style) : style_(style) {
    server_.Post("/mcp",
                 [this](const httplib::Request& request, httplib::Response& response) { Take(request, response); });
    server_.Get("/mcp", [this](const httplib::Request&, httplib::Response& response) {
      response.status = style_ == Style::kOldEvents ? 200 : 400;
      if (style_ == Style::kOldEvents) response.set_content("event: endpoint\ndata: /post\n\n", "text/event-stream");
    });
    server_.Delete("/mcp", [this](const httplib::Request& request, httplib::Response&) {
      if (request.get_header_value("Mcp-Session-Id") == "session-1") ++ended_;
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~McpDouble() {
    server_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/mcp"; }
  int ended() const { return ended_; }

 private:
  void Take(const httplib::Request& request, httplib::Response& response) {
    const Json message = Json::parse(request.body, nullptr, false);
    const std::string method = message.value("method", "");
    const auto reply = [&](Json answer) {
      answer["jsonrpc"] = "2.0";
      answer["id"] = message.value("id", Json(nullptr));
      const bool events = style_ == Style::kLegacyEvents;
      const std::string text = answer.dump();
      response.set_content(events ? "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n"
                                    "event: message\ndata: " +
                                        text + "\n\n"
                                  : text,
                           events ? "text/event-stream" : "application/json");
    };
    const auto error = [&](int status, int code) {
      reply({{"error", {{"code", code}, {"message", "no"}}}});
      response.status = status;
    };
    if (style_ == Style::kLocked) {
      response.status = 401;
    } else if (style_ == Style::kOldEvents) {
      response.status = 405;
    } else if (request.get_header_value("Accept") != "application/json, text/event-stream") {
      response.status = 406;
    } else if (style_ == Style::kModern) {
      const bool fits = request.get_header_value("Mcp-Method") == method &&
                        request.get_header_value("MCP-Protocol-Version") == kMcpModernVersion;
      if (method != "server/discover") return error(404, -32601);
      if (!fits) return error(400, -32020);
      reply({{"result", {{"supportedVersions", {kMcpModernVersion}}, {"resultType", "complete"}}}});
    } else if (method == "initialize") {
      response.set_header("Mcp-Session-Id", "session-1");
      response.set_header("Access-Control-Expose-Headers", "Mcp-Session-Id");
      reply({{"result", {{"protocolVersion", "2025-06-18"}, {"capabilities", Json::object()}}}});
    } else if (request.get_header_value("Mcp-Session-Id") != "session-1") {
      error(400, -32000);
    } else if (request.get_header_value("MCP-Protocol-Version") != "2025-06-18") {
      error(400, -32000);
    } else if (method == "notifications/initialized") {
      is_initialized_ = true;
      response.status = 202;
    } else if (method == "ping" && is_initialized_ && style_ != Style::kDeafToPing) {
      reply({{"result", Json::object()}});
    } else {
      error(400, -32601);
    }
  }

  const Style style_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  bool is_initialized_ = false;
  std::atomic<int> ended_ = 0;
};

McpAnswer Ping(const std::string& url) {
  const FakeClock clock;
  return PingRemote(url, milliseconds(5'000), clock);
}

TEST(McpRemote, TellsTheErasApart) {
  const std::vector<std::pair<McpDouble::Style, Era>> expected = {{McpDouble::Style::kLegacy, Era::kLegacy},
                                                                  {McpDouble::Style::kLegacyEvents, Era::kLegacy},
                                                                  {McpDouble::Style::kModern, Era::kModern},
                                                                  {McpDouble::Style::kOldEvents, Era::kEvents}};
  for (const auto& [style, era] : expected) {
    const McpDouble server(style);
    const McpAnswer answer = Ping(server.url());
    EXPECT_EQ(answer.verdict, Verdict::kReachable) << static_cast<int>(style) << answer.reason;
    EXPECT_EQ(answer.era, era);
    EXPECT_TRUE(answer.latency_us);
  }
}

TEST(McpRemote, EndsItsSession) {
  const McpDouble server(McpDouble::Style::kLegacy);
  Ping(server.url());
  EXPECT_EQ(server.ended(), 1);
}

TEST(McpRemote, AServerThatWantsCredentialsIsAlive) {
  const McpDouble server(McpDouble::Style::kLocked);
  EXPECT_EQ(Ping(server.url()).verdict, Verdict::kLocked);
}

TEST(McpRemote, SomeBytesAreNoProof) {
  const McpDouble deaf(McpDouble::Style::kDeafToPing);
  EXPECT_EQ(Ping(deaf.url()).verdict, Verdict::kNotMcp);
  const RawServer page("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
  EXPECT_EQ(Ping(page.url()).verdict, Verdict::kNotMcp);
  const RawServer other("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Ping(other.url()).verdict, Verdict::kNotMcp);
  const RawServer raw("SSH-2.0-OpenSSH\r\n");
  EXPECT_EQ(Ping(raw.url()).verdict, Verdict::kNotMcp);
}

TEST(McpRemote, SaysWhyThereIsNoAnswer) {
  EXPECT_EQ(Ping("http://127.0.0.1:" + std::to_string(ClosedPort())).verdict, Verdict::kRefused);
  EXPECT_EQ(Ping("http://no-such-host.invalid/mcp").verdict, Verdict::kUnknown);
  const RawServer busy("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Ping(busy.url()).verdict, Verdict::kUnknown);
  const RawServer silent("", RawServer::Then::kKeep);
  const FakeClock clock;
  EXPECT_EQ(PingRemote(silent.url(), milliseconds(200), clock).verdict, Verdict::kTimedOut);
}

TEST(McpMessages, FindsTheAnswerByItsId) {
  EXPECT_EQ(ParseMcp(R"({"jsonrpc":"2.0","id":"a","result":{}})", "a").kind, Kind::kResult);
  EXPECT_EQ(ParseMcp(R"([{"jsonrpc":"2.0","id":"b","result":{}},{"jsonrpc":"2.0","id":"a","result":{}}])", "a").kind,
            Kind::kResult);
  EXPECT_EQ(ParseMcp(R"({"jsonrpc":"2.0","id":"b","result":{}})", "a").kind, Kind::kNone);
  EXPECT_EQ(ParseMcp(R"({"jsonrpc":"1.0","id":"a","result":{}})", "a").kind, Kind::kNone);
  EXPECT_EQ(ParseMcp(R"({"jsonrpc":"2.0","id":"a","result":"pong"})", "a").kind, Kind::kNone);
  EXPECT_EQ(ParseMcp(R"({"jsonrpc":"2.0","id":"a","error":{"code":-32601}})", "a").kind, Kind::kError);
  EXPECT_EQ(ParseMcp(R"({"jsonrpc":"2.0","id":"a","error":{"code":-32022}})", "a").kind, Kind::kModernError);
  EXPECT_EQ(ParseMcp("pong", "a").kind, Kind::kNone);
}

TEST(McpMessages, ReadsEvents) {
  EXPECT_EQ(EventData("event: x\r\ndata: one\r\ndata:two\r\n\r\n: note\n\ndata: cut off"),
            (std::vector<std::string>{"one\ntwo"}));
  EXPECT_TRUE(EventData("").empty());
}

TEST(McpMessages, AreOneLineEach) {
  for (const std::string& message : {McpDiscover(), McpInitialize(), McpInitialized(), McpPing()}) {
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_TRUE(Json::accept(message));
  }
}

// A local server as a script; `body` answers the line in $line.
class McpLocal : public ::testing::Test {
 protected:
  McpEntry Script(const std::string& body) {
    dir_.Write("server", "#!/bin/sh\n" + body);
    chmod((dir_ / "server").c_str(), 0755);
    McpEntry entry;
    entry.name = "local";
    entry.command = {dir_ / "server"};
    entry.file = dir_ / "config.json";
    return entry;
  }
  McpAnswer Start(const McpEntry& entry, milliseconds limit = milliseconds(10'000)) {
    const FakeClock clock;
    return PingLocal(entry, dir_ / "server", dir_.path(), limit, clock);
  }

  TempDir dir_;
};

constexpr char kLegacyScript[] = R"(
while read -r line; do
  case "$line" in
    *server/discover*) echo '{"jsonrpc":"2.0","id":"dgmo-agent-discover","error":{"code":-32601,"message":"?"}}' ;;
    *'"initialize"'*)
      echo 'a log line that does not belong here'
      echo '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'
      echo '{"jsonrpc":"2.0","id":"dgmo-agent-initialize","result":{"protocolVersion":"2025-11-25"}}' ;;
    *'"ping"'*) echo '{"jsonrpc":"2.0","id":"dgmo-agent-ping","result":{}}' ;;
  esac
done
echo "$SECRET" > ended
)";

TEST_F(McpLocal, IsStartedAskedAndEnded) {
  McpEntry entry = Script(kLegacyScript);
  entry.environment = {{"SECRET", "given"}};
  const McpAnswer answer = Start(entry);
  EXPECT_EQ(answer.verdict, Verdict::kReachable) << answer.reason;
  EXPECT_EQ(answer.era, Era::kLegacy);
  // It saw its input end, had its environment, and is gone.
  EXPECT_EQ(std::filesystem::file_size(dir_ / "ended"), 6U);
}

TEST_F(McpLocal, MayBeOfTheModernEra) {
  const McpAnswer answer = Start(
      Script("read -r line\necho "
             "'{\"jsonrpc\":\"2.0\",\"id\":\"dgmo-agent-discover\",\"result\":{\"resultType\":\"complete\"}}'\n"));
  EXPECT_EQ(answer.verdict, Verdict::kReachable);
  EXPECT_EQ(answer.era, Era::kModern);
}

TEST_F(McpLocal, ThatEndsAtOnceIsNoServer) {
  const McpAnswer answer = Start(Script("exit 3\n"));
  EXPECT_EQ(answer.verdict, Verdict::kNotMcp);
}

TEST_F(McpLocal, ThatKeepsSilentIsEndedWithAllItStarted) {
  const McpAnswer answer = Start(Script("trap '' TERM\nsleep 1000 & echo $! > child\nwait\n"), milliseconds(3000));
  EXPECT_EQ(answer.verdict, Verdict::kTimedOut);
  std::ifstream stream(dir_ / "child");
  pid_t child = 0;
  stream >> child;
  ASSERT_GT(child, 0);
  // Killed with its group; whoever inherits it may not have waited for it yet.
  std::string state = "gone";
  for (int i = 0; i < 200 && !state.empty(); ++i) {
    std::ifstream status("/proc/" + std::to_string(child) + "/stat");
    std::string line;
    std::getline(status, line);
    const auto at = line.rfind(") ");
    state = at == std::string::npos || line[at + 2] == 'Z' ? "" : line;
    if (!state.empty()) usleep(10'000);
  }
  EXPECT_EQ(state, "");
}

class CommandSearch : public ::testing::Test {
 protected:
  void Program(const std::string& path, mode_t mode) {
    dir_.Write(path, "x");
    chmod((dir_ / path).c_str(), mode);
  }
  CommandProgram Find(const std::string& name, uid_t user = 12'345) {
    return FindCommand(name, dir_.path(), {dir_ / "a", dir_ / "b"}, user);
  }
  TempDir dir_;
};

TEST_F(CommandSearch, TakesTheFirstThatItsUserMayRun) {
  Program("a/tool", 0644);
  Program("b/tool", 0755);
  chmod(dir_.path().c_str(), 0755);
  const CommandProgram found = Find("tool");
  EXPECT_EQ(found.state, CommandProgram::State::kFound);
  EXPECT_EQ(found.path, dir_ / "b/tool");
  Program("a/mine", 0700);  // of the test's user, not of 12345
  EXPECT_EQ(Find("mine").state, CommandProgram::State::kNotExecutable);
  EXPECT_EQ(Find("mine", getuid()).state, CommandProgram::State::kFound);
  EXPECT_EQ(Find("none").state, CommandProgram::State::kMissing);
  EXPECT_EQ(Find("").state, CommandProgram::State::kMissing);
}

TEST_F(CommandSearch, APathIsNoName) {
  Program("a/tool", 0755);
  EXPECT_EQ(Find(dir_ / "a/tool").state, CommandProgram::State::kFound);
  EXPECT_EQ(Find(dir_ / "a/none").state, CommandProgram::State::kMissing);
  EXPECT_EQ(Find(dir_ / "a").state, CommandProgram::State::kNotExecutable);
  EXPECT_EQ(Find("a/tool").state, CommandProgram::State::kFound);
  // dgmo starts it in a folder that is not known here.
  EXPECT_EQ(Find("a/none").state, CommandProgram::State::kUnknown);
}

TEST_F(CommandSearch, LooksWhereInstallersPutPrograms) {
  Program(".nvm/versions/node/v22.1.0/bin/npx", 0755);
  Program("given/npx", 0755);
  Home home;
  home.path = dir_.path();
  home.owner = getuid();
  McpEntry entry;
  entry.command = {"npx", "server"};
  entry.file = "/config.json";
  const CommandProgram found = ProgramOf(entry, home);
  EXPECT_EQ(found.path, dir_ / ".nvm/versions/node/v22.1.0/bin/npx");
  entry.environment = {{"PATH", "relative:" + dir_.path() + "/given"}};
  EXPECT_EQ(ProgramOf(entry, home).path, dir_ / "given/npx");
}

TEST_F(CommandSearch, ProbeLooksAtEnabledEntriesOnly) {
  const McpDouble server(McpDouble::Style::kLegacy);
  HomeModel home;
  home.home.path = dir_.path();
  home.home.owner = getuid();
  auto& entries = home.config.emplace().mcp_entries;
  McpEntry entry;
  entry.file = dir_ / "config.json";
  entry.name = "disabled";
  entry.enabled = false;
  entries.push_back(entry);
  entry.enabled = true;
  entry.name = "missing";
  entry.command = {"no-such-program-anywhere", "--token=secret"};
  entries.push_back(entry);
  entry.name = "remote";
  entry.type = McpEntry::Type::kRemote;
  entry.url = server.url() + "?key=secret";
  entries.push_back(entry);
  entry.name = "lost";
  entry.url = "http://no-such-host.invalid/mcp";
  entries.push_back(entry);
  ProbeMcp({}, home);
  ASSERT_TRUE(home.mcp);
  ASSERT_EQ(home.mcp->servers.size(), 3U);
  EXPECT_EQ(home.mcp->servers[0].verdict, Verdict::kNoProgram);
  EXPECT_EQ(home.mcp->servers[0].address, "no-such-program-anywhere");
  EXPECT_EQ(home.mcp->servers[1].verdict, Verdict::kReachable);
  EXPECT_EQ(home.mcp->servers[1].address, server.url());
  EXPECT_EQ(home.unknown, std::vector<std::string>{"http://no-such-host.invalid/mcp"});
}

}  // namespace
}  // namespace fleet::agent
