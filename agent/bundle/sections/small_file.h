#pragma once

#include <cstdint>
#include <string>

namespace fleet::agent {

// The first bytes of a file of the kernel's or the system's, such as /proc/meminfo; empty when it cannot be read.
std::string ReadSmallFile(const std::string& path, std::size_t most = 1 << 16);

// The number behind "name" at the beginning of a line, such as "MemTotal: 16 kB"; -1 when there is none.
std::int64_t NumberAfter(const std::string& text, const std::string& name);

}  // namespace fleet::agent
