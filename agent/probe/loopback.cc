#include "agent/probe/loopback.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <string>

namespace fleet::agent {

namespace {

constexpr std::size_t kMostAnswer = 64 * 1024;

int BeginConnect(int socket, std::uint16_t port, IpFamily family) {
  if (family == IpFamily::kIpv4) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

ConnectOutcome OutcomeOf(int error) {
  if (error == 0) return ConnectOutcome::kConnected;
  if (error == ECONNREFUSED) return ConnectOutcome::kRefused;
  return error == ETIMEDOUT ? ConnectOutcome::kTimedOut : ConnectOutcome::kFailed;
}

ConnectOutcome AwaitConnect(int socket, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting = {socket, POLLOUT, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return ConnectOutcome::kFailed;
    if (ready == 0) return ConnectOutcome::kTimedOut;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    return OutcomeOf(error);
  }
}

std::size_t Collect(char* data, std::size_t size, std::size_t count, void* answer) {
  auto& text = *static_cast<std::string*>(answer);
  if (text.size() + size * count > kMostAnswer) return 0;  // ends the transfer
  text.append(data, size * count);
  return size * count;
}

}  // namespace

ConnectOutcome ConnectOverLoopback(std::uint16_t port, IpFamily family, std::chrono::milliseconds limit) {
  const int domain = family == IpFamily::kIpv4 ? AF_INET : AF_INET6;
  const int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ConnectOutcome::kFailed;
  ConnectOutcome outcome = ConnectOutcome::kConnected;
  if (BeginConnect(fd, port, family) != 0) {
    outcome = errno == EINPROGRESS ? AwaitConnect(fd, limit) : OutcomeOf(errno);
  }
  close(fd);
  return outcome;
}

bool AnswersAsQdrant(std::uint16_t port, IpFamily family, std::chrono::milliseconds limit) {
  const std::unique_ptr<CURL, void (*)(CURL*)> request(curl_easy_init(), curl_easy_cleanup);
  if (!request) return false;
  const std::string host = family == IpFamily::kIpv4 ? "127.0.0.1" : "[::1]";
  const std::string url = "http://" + host + ":" + std::to_string(port) + "/";
  std::string answer;
  curl_easy_setopt(request.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(request.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(request.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(request.get(), CURLOPT_WRITEFUNCTION, Collect);
  curl_easy_setopt(request.get(), CURLOPT_WRITEDATA, &answer);
  if (curl_easy_perform(request.get()) != CURLE_OK) return false;
  std::transform(answer.begin(), answer.end(), answer.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return answer.find("qdrant") != std::string::npos;
}

}  // namespace fleet::agent
