#include "agent/cli/patterns_option.h"

#include "common/status.h"

namespace fleet::agent {

void AddPatternsOption(CLI::App& command, std::string& file) {
  command.add_option("--patterns", file, "A JSON file with more error messages to look for in logs")->type_name("FILE");
}

absl::Status LoadPatterns(const std::string& file, CheckSettings& settings) {
  if (file.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(settings.patterns, PatternCatalogue::FromFile(file));
  return absl::OkStatus();
}

}  // namespace fleet::agent
