#pragma once

#include <absl/status/statusor.h>

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// Takes the command's options from a file of lines such as: coordinator = "127.0.0.1:7443". What the command line named
// wins. One file serves all commands: a key, or a section, of another command is passed over; one that no command
// knows, or a value that does not fit, is an error. CLI11 reads configuration files for whole programs only, not for
// one subcommand.
absl::Status ApplyConfigFile(CLI::App& command, const std::string& path);

// One key of one command, as the file has it now; nullopt when it has not.
absl::StatusOr<std::optional<std::string>> ConfiguredValue(const std::string& path, std::string_view command,
                                                           std::string_view key);

}  // namespace fleet::agent
