#include "agent/probe/localhost.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

#include "agent/probe/bounded_call.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/proc_text.h"

namespace fleet::agent {

namespace {

struct Answer {
  bool given = false;
  LocalhostNames names;
};

void Add(const sockaddr& address, LocalhostNames& names) {
  constexpr std::uint32_t kLoopbackNet = 127;
  if (address.sa_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    const bool loopback = ntohl(ipv4.sin_addr.s_addr) >> 24 == kLoopbackNet;
    (loopback ? names.ipv4_loopback : names.elsewhere) = true;
  } else if (address.sa_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    (IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) ? names.ipv6_loopback : names.elsewhere) = true;
  }
}

Answer Ask() {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo("localhost", nullptr, &hints, &list);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, [](addrinfo* l) {
    if (l != nullptr) freeaddrinfo(l);
  });
  Answer answer;
  // "No such name", and the failure to ask anybody, are answers: dgmo gets the same ones.
  answer.given = error == 0 || error == EAI_NONAME || error == EAI_AGAIN || error == EAI_FAIL || error == EAI_NODATA;
  if (error == 0) {
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) Add(*one->ai_addr, answer.names);
  }
  return answer;
}

}  // namespace

std::optional<LocalhostNames> ResolveLocalhost(std::chrono::milliseconds limit) {
  static BoundedCalls& calls = *new BoundedCalls();  // lives as long as a call that hangs
  const std::optional<std::string> hosts = ReadProcFile("/etc/hosts", 1024 * 1024);
  const bool listed = hosts && NamesLocalhost(*hosts);
  std::optional<Answer> answer = calls.Run<Answer>(limit, Ask);
  // A name that is in no file and for which nobody answers does not resolve.
  if (!answer && hosts && !listed) answer = Answer{true, {}};
  if (!answer || !answer->given) return std::nullopt;
  answer->names.in_hosts_file = listed;
  return answer->names;
}

}  // namespace fleet::agent
