#pragma once

#include <optional>
#include <string>

namespace fleet::agent {

// The text of a file below /proc or /sys, up to `most` bytes; nullopt when it cannot be read. Any thread.
std::optional<std::string> ReadProcFile(const std::string& path, std::size_t most = 64 * 1024);

// Where a link leads to; empty when that may not be seen.
std::string ReadLink(const std::string& path);

}  // namespace fleet::agent
