#include "agent/cli/config_file.h"

#include <CLI/Config.hpp>

#include "common/status.h"

namespace fleet::agent {

namespace {

absl::Status Apply(CLI::App& command, const CLI::ConfigItem& item, const std::string& path) {
  const bool ours = item.parents.empty() || (item.parents.size() == 1 && item.parents[0] == command.get_name());
  CLI::Option* option = ours ? command.get_option_no_throw("--" + item.name) : nullptr;
  if (option == nullptr || item.name == "config" || item.name == "help") {
    return InvalidArgument("configuration file " + path + ": unknown key " + item.fullname() +
                           "; see dgmo-agent run --help");
  }
  if (option->count() > 0) return absl::OkStatus();
  if (option->get_expected_max() == 0) {
    // A flag: "true" means that it is given.
    if (CLI::detail::to_flag_value(item.inputs.at(0)) > 0) option->add_result("true");
  } else {
    option->add_result(item.inputs);
  }
  if (option->count() > 0) option->run_callback();
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyConfigFile(CLI::App& command, const std::string& path) {
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(path)) {
      if (item.name == "++" || item.name == "--") continue;  // a section begins or ends
      RETURN_IF_ERROR(Apply(command, item, path));
    }
  } catch (const std::exception& error) {
    return InvalidArgument("configuration file " + path + ": " + error.what());
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
