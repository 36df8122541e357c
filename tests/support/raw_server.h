#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace fleet {

// A server of one's own words: takes every connection on loopback, or on a Unix socket, sends the bytes after the first
// bytes of a request, and then ends the connection or keeps it open and silent.
class RawServer {
 public:
  enum class Then { kClose, kKeep };

  explicit RawServer(std::string bytes, Then then = Then::kClose, const std::string& unix_path = "")
      : bytes_(std::move(bytes)), then_(then) {
    if (unix_path.empty()) {
      listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
      socklen_t size = sizeof address;
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
      port_ = ntohs(address.sin_port);
    } else {
      listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
      bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    listen(listener_, 16);
    thread_ = std::thread([this] { Serve(); });
  }
  ~RawServer() {
    const std::uint64_t one = 1;
    (void)!write(stop_, &one, sizeof one);
    thread_.join();
    close(stop_);
    close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve() {
    std::vector<int> kept;
    while (true) {
      pollfd waiting[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
      poll(waiting, 2, -1);
      if (waiting[1].revents != 0) break;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      pollfd either[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
      poll(either, 2, -1);
      char buffer[8192];
      (void)!recv(fd, buffer, sizeof buffer, 0);
      (void)!send(fd, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
      if (then_ == Then::kKeep) {
        kept.push_back(fd);
      } else {
        close(fd);
      }
    }
    for (const int fd : kept) close(fd);
  }

  const std::string bytes_;
  const Then then_;
  int listener_ = -1;
  int port_ = 0;
  const int stop_ = eventfd(0, EFD_CLOEXEC);
  std::thread thread_;
};

// A port of loopback where nothing listens: it was free a moment ago.
inline int ClosedPort() {
  const RawServer server("");
  return server.port();
}

}  // namespace fleet
