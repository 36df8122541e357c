#include "common/http/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace fleet {

namespace {

struct Easy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct List {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct Mime {
  void operator()(curl_mime* form) const { curl_mime_free(form); }
};
struct Url {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

void InitialiseOnce() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kDone;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

std::string Trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

// What one exchange has received so far. curl calls back on the thread that waits.
struct Exchange {
  const HttpRequest& request;
  HttpAnswer answer;
  bool enough = false;
  bool too_large = false;

  bool TakeHeader(std::string_view line) {
    if (line.rfind("HTTP/", 0) == 0) {  // a new answer: the earlier was "100 Continue"
      answer.headers.clear();
      const auto blank = line.find(' ');
      answer.status = blank == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(blank + 1, 4)).c_str());
      return true;
    }
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      answer.headers[Lower(Trimmed(line.substr(0, colon)))] = Trimmed(line.substr(colon + 1));
    } else if (Trimmed(line).empty() && request.only_headers && answer.status >= 200) {
      enough = true;
    }
    return !enough;
  }

  bool TakeBody(std::string_view piece) {
    if (request.sink && answer.status == 200) return request.sink(piece);
    if (answer.body.size() + piece.size() > request.max_body) {
      too_large = true;
      return false;
    }
    answer.body += piece;
    enough = request.is_enough && request.is_enough(answer.body);
    return !enough;
  }
};

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* exchange) {
  return static_cast<Exchange*>(exchange)->TakeHeader({data, size}) ? size : 0;
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* exchange) {
  return static_cast<Exchange*>(exchange)->TakeBody({data, size}) ? size : 0;
}

HttpFailure FailureOf(CURLcode code, long os_error, const Exchange& exchange) {
  if (exchange.too_large) return HttpFailure::kTooLarge;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      if (os_error == ECONNREFUSED || os_error == ENOENT) return HttpFailure::kRefused;
      return os_error == ETIMEDOUT ? HttpFailure::kTimedOut : HttpFailure::kUnreachable;
    case CURLE_OPERATION_TIMEDOUT: return HttpFailure::kTimedOut;
    case CURLE_COULDNT_RESOLVE_HOST: return HttpFailure::kUnresolved;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return HttpFailure::kClosed;
    case CURLE_WEIRD_SERVER_REPLY: return HttpFailure::kNotHttp;
    // Bytes without a status line; that the URL's own scheme fits is known by then.
    case CURLE_UNSUPPORTED_PROTOCOL:
      return exchange.request.url.rfind("http", 0) == 0 ? HttpFailure::kNotHttp : HttpFailure::kOther;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return HttpFailure::kTls;
    default: return HttpFailure::kOther;
  }
}

std::string PartOf(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::unique_ptr<CURLU, Url> Parse(const std::string& text) {
  std::unique_ptr<CURLU, Url> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  const std::string scheme = PartOf(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return nullptr;
  return url;
}

}  // namespace

std::string_view HttpAnswer::content_type() const {
  const auto found = headers.find("content-type");
  if (found == headers.end()) return {};
  const std::string_view value = found->second;
  return value.substr(0, std::min(value.find(';'), value.size()));
}

HttpResult Fetch(const HttpRequest& request) {
  InitialiseOnce();
  const std::unique_ptr<CURL, Easy> handle(curl_easy_init());
  if (!handle) return HttpError{HttpFailure::kOther, "out of memory"};
  CURL* curl = handle.get();
  Exchange exchange{request, {}};
  char text[CURL_ERROR_SIZE] = "";
  curl_slist* chain = nullptr;
  for (const std::string& header : request.headers) chain = curl_slist_append(chain, header.c_str());
  chain = curl_slist_append(chain, "Expect:");  // no round trip before the body
  const std::unique_ptr<curl_slist, List> headers(chain);

  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_limit.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_limit.count()));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "dgmo-agent/" FLEET_VERSION);
  if (!request.unix_socket.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  if (!request.unix_socket.empty() || IsLoopbackUrl(request.url)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (request.stall_limit.count() > 0) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_limit.count()));
  }
  std::unique_ptr<curl_mime, Mime> form;
  if (request.form) {
    form.reset(curl_mime_init(curl));
    curl_mimepart* part = curl_mime_addpart(form.get());
    curl_mime_name(part, request.form->field.c_str());
    if (curl_mime_filedata(part, request.form->path.c_str()) != CURLE_OK) {
      return HttpError{HttpFailure::kOther, "the file to send cannot be read"};
    }
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, form.get());
  }
  // Servers may wait for the body of a request of these methods unless they are told that there is none.
  const bool has_body = !request.form && (request.body || request.method == "POST" || request.method == "PUT");
  if (has_body) {
    const std::string_view body = request.body ? std::string_view(*request.body) : std::string_view("");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK || exchange.enough) return std::move(exchange.answer);
  long os_error = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_error);
  curl_off_t connected_us = 0;
  curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected_us);
  const HttpFailure failure = FailureOf(code, os_error, exchange);
  return HttpError{failure, *text == '\0' ? curl_easy_strerror(code) : text, connected_us > 0};
}

bool IsLoopbackUrl(const std::string& text) {
  const auto url = Parse(text);
  if (!url) return false;
  const std::string host = Lower(PartOf(url.get(), CURLUPART_HOST));
  return host == "localhost" || host == "[::1]" ||
         (host.rfind("127.", 0) == 0 && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string PlainUrl(const std::string& text) {
  const auto url = Parse(text);
  if (!url) return "";
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(url.get(), part, nullptr, 0);
  }
  std::string plain = PartOf(url.get(), CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
  while (!plain.empty() && plain.back() == '/') plain.pop_back();
  return plain;
}

std::uint16_t PortOf(const std::string& text) {
  const auto url = Parse(text);
  if (!url) return 0;
  return static_cast<std::uint16_t>(std::atoi(PartOf(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str()));
}

}  // namespace fleet
