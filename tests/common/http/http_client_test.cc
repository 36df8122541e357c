#include "common/http/http_client.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace fleet {
namespace {

using std::chrono::milliseconds;

HttpResult Get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.total_limit = milliseconds(5'000);
  return Fetch(request);
}

HttpFailure FailureOf(const HttpResult& result) {
  const auto* error = std::get_if<HttpError>(&result);
  EXPECT_NE(error, nullptr) << "an answer came";
  return error == nullptr ? HttpFailure::kOther : error->failure;
}

const HttpAnswer& AnswerOf(const HttpResult& result) {
  static const HttpAnswer kNone;
  const auto* answer = std::get_if<HttpAnswer>(&result);
  EXPECT_NE(answer, nullptr) << std::get<HttpError>(result).text;
  return answer == nullptr ? kNone : *answer;
}

TEST(HttpClient, TakesStatusHeadersAndBody) {
  const RawServer server(
      "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nX-One: a\r\nContent-Length: "
      "2\r\n\r\n{}");
  const HttpResult result = Get(server.url());
  const HttpAnswer& answer = AnswerOf(result);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.content_type(), "application/json");
  EXPECT_EQ(answer.headers.at("x-one"), "a");
  EXPECT_EQ(answer.body, "{}");
}

TEST(HttpClient, TellsWhyThereIsNoAnswer) {
  EXPECT_EQ(FailureOf(Get("http://127.0.0.1:" + std::to_string(ClosedPort()))), HttpFailure::kRefused);
  EXPECT_EQ(FailureOf(Get("http://no-such-host.invalid/")), HttpFailure::kUnresolved);
  EXPECT_EQ(FailureOf(Get("no url")), HttpFailure::kOther);
  const RawServer closing("");
  EXPECT_EQ(FailureOf(Get(closing.url())), HttpFailure::kClosed);
  const RawServer short_body("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  EXPECT_EQ(FailureOf(Get(short_body.url())), HttpFailure::kClosed);
  const RawServer other("SSH-2.0-OpenSSH_9.2p1 Debian\r\n");
  EXPECT_EQ(FailureOf(Get(other.url())), HttpFailure::kNotHttp);
  EXPECT_EQ(FailureOf(Get("https://127.0.0.1:" + std::to_string(other.port()))), HttpFailure::kTls);
}

TEST(HttpClient, WaitsNoLongerThanItsLimit) {
  const RawServer silent("", RawServer::Then::kKeep);
  const RawServer stalling("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", RawServer::Then::kKeep);
  for (const std::string& url : {silent.url(), stalling.url()}) {
    HttpRequest request;
    request.url = url;
    request.total_limit = milliseconds(200);
    const HttpResult result = Fetch(request);
    EXPECT_EQ(FailureOf(result), HttpFailure::kTimedOut);
    EXPECT_TRUE(std::get<HttpError>(result).connected);
  }
}

TEST(HttpClient, TakesNoMoreThanItsCap) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1'000, 'x'));
  HttpRequest request;
  request.url = server.url();
  request.max_body = 999;
  EXPECT_EQ(FailureOf(Fetch(request)), HttpFailure::kTooLarge);
  request.max_body = 1'000;
  EXPECT_EQ(AnswerOf(Fetch(request)).body.size(), 1'000U);
}

TEST(HttpClient, FollowsNoRedirect) {
  const RawServer target("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const RawServer server("HTTP/1.1 302 Found\r\nLocation: " + target.url() + "/\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(AnswerOf(Get(server.url())).status, 302);
}

TEST(HttpClient, SpeaksOnlyHttp) {
  const TempDir dir;
  dir.Write("secret", "bytes");
  EXPECT_EQ(FailureOf(Get("file://" + dir.path() + "/secret")), HttpFailure::kOther);
}

TEST(HttpClient, EndsAStreamThatDoesNotEndItself) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
                         RawServer::Then::kKeep);
  HttpRequest request;
  request.url = server.url();
  request.only_headers = true;
  EXPECT_EQ(AnswerOf(Fetch(request)).content_type(), "text/event-stream");
  request.only_headers = false;
  request.is_enough = [](std::string_view body) { return body.ends_with("\n\n"); };
  EXPECT_EQ(AnswerOf(Fetch(request)).body, "data: 1\n\n");
}

TEST(HttpClient, AsksNoProxyForLoopback) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect");
  const RawServer proxy("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
  setenv("http_proxy", proxy.url().c_str(), 1);
  EXPECT_EQ(AnswerOf(Get(server.url())).body, "direct");
  unsetenv("http_proxy");
}

TEST(HttpClient, SpeaksOverAUnixSocket) {
  const TempDir dir;
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", RawServer::Then::kClose,
                         dir / "docker.sock");
  HttpRequest request;
  request.url = "http://docker/_ping";
  request.unix_socket = dir / "docker.sock";
  EXPECT_EQ(AnswerOf(Fetch(request)).body, "OK");
  request.unix_socket = dir / "nothing.sock";
  EXPECT_EQ(FailureOf(Fetch(request)), HttpFailure::kRefused);
}

TEST(Url, ShowsNoCredentials) {
  EXPECT_EQ(PlainUrl("http://user:pass@host:6333/base/?key=secret#x"), "http://host:6333/base");
  EXPECT_EQ(PlainUrl("http://localhost:80/"), "http://localhost");
  EXPECT_EQ(PlainUrl("ftp://host/"), "");
  EXPECT_EQ(PlainUrl("nothing"), "");
}

TEST(Url, KnowsLoopback) {
  for (const char* url :
       {"http://localhost:6333", "http://LOCALHOST/", "http://127.0.0.1", "http://127.8.9.1:1", "http://[::1]:6333"}) {
    EXPECT_TRUE(IsLoopbackUrl(url)) << url;
  }
  for (const char* url : {"http://localhost.example.org", "http://10.0.0.1", "http://127.example.org", "nothing", ""}) {
    EXPECT_FALSE(IsLoopbackUrl(url)) << url;
  }
  EXPECT_EQ(PortOf("http://localhost:6333/x"), 6333);
  EXPECT_EQ(PortOf("https://host"), 443);
}

}  // namespace
}  // namespace fleet
