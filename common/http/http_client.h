#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleet {

// A file sent as one field of a multipart form.
struct FormFile {
  std::string field;
  std::string path;
};

// One HTTP request. Neither redirects nor cookies are followed; for loopback no proxy is asked.
struct HttpRequest {
  std::string method = "GET";
  std::string url;                   // http or https
  std::vector<std::string> headers;  // "Name: value"; may hold secrets and are never logged
  std::optional<std::string> body;
  std::optional<FormFile> form;  // instead of a body
  std::string unix_socket;       // path; empty: TCP to the URL's host

  std::chrono::milliseconds connect_limit{2'000};
  std::chrono::milliseconds total_limit{10'000};  // 0: none, for bodies of any size
  std::chrono::seconds stall_limit{0};            // without a byte in either direction; 0: none
  std::size_t max_body = 8 * 1024 * 1024;
  // Ends the exchange as answered once the headers are there, for streams that never end by themselves.
  bool only_headers = false;
  // Asked after each piece of the body: true ends the exchange as answered.
  std::function<bool(std::string_view body)> is_enough;
  // Takes the body of an answer 200 piece by piece, of any size; what is in HttpAnswer::body is then empty. False ends
  // the exchange as kOther: the piece could not be kept.
  std::function<bool(std::string_view piece)> sink;
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of each name
  std::string body;

  std::string_view content_type() const;  // without parameters; empty: none
};

// Why there is no whole answer.
enum class HttpFailure : std::uint8_t {
  kRefused,      // nothing listens there
  kUnreachable,  // no way to the host
  kUnresolved,   // the host's name has no address
  kTimedOut,     // connecting, or the answer
  kClosed,       // the other side ended the connection before its answer was whole
  kTooLarge,     // more than max_body
  kNotHttp,      // something answered, not in HTTP
  kTls,          // no secure connection
  kOther,        // the request could not be made, such as a URL that is none
};

struct HttpError {
  HttpFailure failure = HttpFailure::kOther;
  std::string text;        // for people, without the URL
  bool connected = false;  // there was a connection
};

using HttpResult = std::variant<HttpAnswer, HttpError>;

// Sends it and waits, within its limits. Any thread.
HttpResult Fetch(const HttpRequest& request);

// Whether a URL leads to this machine itself: localhost, 127.0.0.0/8 or ::1.
bool IsLoopbackUrl(const std::string& url);

// "http://host:port[/path]" of a URL: without user, password, query and trailing slashes, so that it can be shown; the
// port is named when it is not the scheme's. Empty: no URL of http or https.
std::string PlainUrl(const std::string& url);

// The port that a URL leads to; 0: no URL of http or https.
std::uint16_t PortOf(const std::string& url);

}  // namespace fleet
