#include "agent/cli/config_file.h"

#include <CLI/Config.hpp>
#include <algorithm>
#include <vector>

#include "common/status.h"

namespace fleet::agent {

namespace {

// The command's option that the item sets; nullptr: none.
CLI::Option* OptionOf(CLI::App& command, const CLI::ConfigItem& item) {
  const bool ours = item.parents.empty() || (item.parents.size() == 1 && item.parents[0] == command.get_name());
  if (!ours || item.name == "config" || item.name == "help") return nullptr;
  return command.get_option_no_throw("--" + item.name);
}

bool IsOfAnother(CLI::App& command, const CLI::ConfigItem& item) {
  if (command.get_parent() == nullptr) return false;
  const std::vector<CLI::App*> all = command.get_parent()->get_subcommands([](CLI::App*) { return true; });
  return std::any_of(all.begin(), all.end(), [&](CLI::App* other) { return OptionOf(*other, item) != nullptr; });
}

absl::Status Apply(CLI::App& command, const CLI::ConfigItem& item, const std::string& path) {
  CLI::Option* option = OptionOf(command, item);
  if (option == nullptr) {
    if (IsOfAnother(command, item)) return absl::OkStatus();
    return InvalidArgument("configuration file " + path + ": unknown key " + item.fullname() + "; see dgmo-agent " +
                           command.get_name() + " --help");
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

absl::StatusOr<std::optional<std::string>> ConfiguredValue(const std::string& path, std::string_view command,
                                                           std::string_view key) {
  std::optional<std::string> value;
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(path)) {
      const bool ours = item.parents.empty() || (item.parents.size() == 1 && item.parents[0] == command);
      if (ours && item.name == key && !item.inputs.empty()) value = item.inputs[0];
    }
  } catch (const std::exception& error) {
    return InvalidArgument("configuration file " + path + ": " + error.what());
  }
  return value;
}

}  // namespace fleet::agent
