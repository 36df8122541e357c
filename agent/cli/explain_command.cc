#include <absl/strings/ascii.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/explain_text.h"
#include "agent/cli/guide_table.h"
#include "agent/cli/pattern_text.h"
#include "agent/cli/patterns_option.h"
#include "agent/cli/reference_text.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Options {
  std::string name;
  bool guide = false;
  bool reference = false;
  std::string patterns_file;
  bool patterns = false;
  bool json = false;
};

int Show(const Options& options, const std::string& text, const nlohmann::ordered_json& json) {
  std::cout << (options.json ? json.dump(2) + "\n" : text);
  return 0;
}

// One pattern of the logs, built in or of the file; nullptr when the name is none of theirs.
const LogPattern* FindPattern(const PatternCatalogue& catalogue, const std::string& code) {
  constexpr std::string_view kPrefix = "LOG_PATTERN_";
  return code.starts_with(kPrefix) ? catalogue.Find(code.substr(kPrefix.size())) : nullptr;
}

int Run(const Options& options) {
  if (options.guide) return Show(options, GuideText(), GuideJson());
  if (options.reference) {
    std::cout << ReferenceMarkdown();
    return 0;
  }
  CheckSettings settings;
  if (const absl::Status loaded = LoadPatterns(options.patterns_file, settings); !loaded.ok()) {
    return ReportError(loaded);
  }
  const PatternCatalogue& patterns = *settings.patterns;
  if (options.patterns && options.name.empty()) return Show(options, PatternsText(patterns), PatternsJson(patterns));
  if (options.name.empty()) return Show(options, CatalogueText(), CatalogueJson());
  const std::string name = absl::AsciiStrToUpper(options.name);
  if (const LogPattern* pattern = FindPattern(patterns, name)) {
    return Show(options, PatternText(*pattern), PatternJson(*pattern));
  }
  if (const Rule* rule = FindRule(name); rule != nullptr && rule->code == name) {
    return Show(options, RuleText(*rule), RuleJson(*rule));
  }
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
  CLI::Option* guide =
      command->add_flag("--guide", options->guide, "List the guide's scripts and what takes their place");
  command->add_flag("--reference", options->reference, "Write the reference page, in Markdown")->excludes(guide);
  command->add_flag("--patterns", options->patterns, "List the error messages that are looked for in logs");
  command->add_option("--patterns-file", options->patterns_file, "A JSON file with more of them")->type_name("FILE");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
