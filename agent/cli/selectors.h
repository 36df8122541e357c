#pragma once

#include <absl/status/statusor.h>

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "agent/store/model.h"
#include "common/finding.h"

namespace fleet::agent {

// Which findings a command is about, as every command line names them.
struct Selectors {
  std::vector<std::string> only;  // codes, or beginnings of codes with a * behind
  std::string session;
};

// Declares --only and --session.
void AddSelectorOptions(CLI::App& command, Selectors& selectors);

// The catalogue's codes that the patterns mean; all of them when there is no pattern. InvalidArgument for one that
// means none.
absl::StatusOr<std::vector<std::string>> ExpandCodes(const std::vector<std::string>& patterns);

// Keeps what was asked for.
absl::StatusOr<std::vector<Finding>> Select(const Selectors& selectors, const HomeModel& home,
                                            std::vector<Finding> findings);

}  // namespace fleet::agent
