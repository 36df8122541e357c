#pragma once

#include <absl/status/status.h>

#include <CLI/App.hpp>
#include <string>

namespace fleet::agent {

// Takes the command's options from a file of lines such as: coordinator = "127.0.0.1:7443". What the command line named
// wins. An unknown key, or a value that does not fit, is an error. CLI11 reads configuration files for whole programs
// only, not for one subcommand.
absl::Status ApplyConfigFile(CLI::App& command, const std::string& path);

}  // namespace fleet::agent
