#include "agent/watch/tcp_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool Accepts(const addrinfo& address, std::chrono::milliseconds limit) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  int error = connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd wait = {fd, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (poll(&wait, 1, static_cast<int>(limit.count())) != 1 ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = ETIMEDOUT;
    }
  }
  close(fd);
  return error == 0;
}

}  // namespace

absl::StatusOr<bool> Listens(const std::string& host_and_port, std::chrono::milliseconds limit) {
  const std::size_t colon = host_and_port.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == host_and_port.size()) {
    return InvalidArgument("not an address: " + ToPrintable(host_and_port) + "; give HOST:PORT such as 127.0.0.1:6333");
  }
  std::string host = host_and_port.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), host_and_port.c_str() + colon + 1, &hints, &list) != 0) return false;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(list, freeaddrinfo);
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    if (Accepts(*address, limit)) return true;
  }
  return false;
}

}  // namespace fleet::agent
