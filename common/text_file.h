#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace fleet {

// A file that a person wrote, such as a configuration or a secret, of a megabyte at most. An error says why it cannot
// be read, with its path.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

}  // namespace fleet
