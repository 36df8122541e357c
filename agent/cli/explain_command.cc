#include <absl/strings/ascii.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/explain_text.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  std::string name;
  bool json = false;
};

int Show(const Options& options, const std::string& text, const nlohmann::ordered_json& json) {
  std::cout << (options.json ? json.dump(2) + "\n" : text);
  return 0;
}

int Run(const Options& options) {
  if (options.name.empty()) return Show(options, CatalogueText(), CatalogueJson());
  const std::string name = absl::AsciiStrToUpper(options.name);
  if (const Rule* rule = FindRule(name)) return Show(options, RuleText(*rule), RuleJson(*rule));
  if (const RepairDescription* repair = FindRepairDescription(name)) {
    return Show(options, RepairDescriptionText(*repair), RepairDescriptionJson(*repair));
  }
  std::string message = "no code or repair is called " + ToPrintable(options.name);
  const std::vector<std::string> near = NearNames(name);
  for (const std::string& other : near) message += (&other == &near.front() ? "; did you mean " : " or ") + other;
  message += near.empty() ? "; `dgmo-agent explain` lists them all" : "?";
  return ReportError(InvalidArgument(message));
}

}  // namespace

void AddExplainCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("explain", "Say what a code or a repair means; without one, list them all");
  auto options = std::make_shared<Options>();
  command->add_option("code", options->name, "A finding's code such as TMP_LITTER, or a repair such as R-INDEX")
      ->type_name("CODE");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
