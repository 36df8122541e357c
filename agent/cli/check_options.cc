#include "agent/cli/check_options.h"

#include "agent/cli/config_file.h"
#include "agent/cli/patterns_option.h"
#include "agent/cli/settings_options.h"
#include "common/status.h"

namespace fleet::agent {

void AddCheckOptions(CLI::App& command, CheckOptions& options) {
  AddPatternsOption(command, options.patterns);
  AddSettingsOptions(command, options.settings);
  command.add_option("--config", options.config, "Take options that are not named here from this file")
      ->type_name("FILE");
}

absl::Status TakeCheckOptions(CLI::App& command, const Targets& targets, CheckOptions& options) {
  if (!options.config.empty()) RETURN_IF_ERROR(ApplyConfigFile(command, options.config));
  options.settings.state_folder = StateFolder(targets);
  RETURN_IF_ERROR(ValidateSettings(options.settings));
  return LoadPatterns(options.patterns, options.settings);
}

}  // namespace fleet::agent
