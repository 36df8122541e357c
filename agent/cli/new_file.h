#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace fleet::agent {

// Writes a file that is not there yet, for its owner's eyes only (0600). AlreadyExists when something has that name;
// what could not be written to its end is removed again. Blocks on the disk.
absl::Status WriteNewFile(const std::string& path, std::string_view bytes);

}  // namespace fleet::agent
