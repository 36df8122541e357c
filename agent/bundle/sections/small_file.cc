#include "agent/bundle/sections/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "agent/store/descriptor.h"

namespace fleet::agent {

std::string ReadSmallFile(const std::string& path, std::size_t most) {
  std::string bytes(most, '\0');
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return "";
  std::size_t got = 0;
  while (got < most) {
    const ssize_t n = read(file.get(), bytes.data() + got, most - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

std::int64_t NumberAfter(const std::string& text, const std::string& name) {
  const std::size_t at = ("\n" + text).find("\n" + name);
  if (at == std::string::npos) return -1;
  return std::strtoll(text.c_str() + at + name.size(), nullptr, 10);
}

}  // namespace fleet::agent
