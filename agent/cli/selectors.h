#pragma once

#include <absl/status/statusor.h>

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/finding.h"
#include "common/pattern_catalogue.h"

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
// With `logs` the patterns of an extension have codes, too.
absl::StatusOr<std::vector<std::string>> ExpandCodes(const std::vector<std::string>& patterns,
                                                     const PatternCatalogue& logs = *PatternCatalogue::BuiltIn());

// Keeps what was asked for.
absl::StatusOr<std::vector<Finding>> Select(const Selectors& selectors, const HomeModel& home,
                                            std::vector<Finding> findings,
                                            const PatternCatalogue& logs = *PatternCatalogue::BuiltIn());

}  // namespace fleet::agent
