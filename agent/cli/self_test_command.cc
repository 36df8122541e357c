#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/drill/self_test.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  bool json = false;
};

std::string Text(const SelfTestResult& result) {
  if (result.problem.empty()) return "✅ " + result.fault + ": found (" + result.code + ") and repaired\n";
  return "❌ " + result.fault + " (" + result.code + "): " + result.problem + "\n";
}

nlohmann::ordered_json Json(const std::vector<SelfTestResult>& results) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const SelfTestResult& result : results) {
    list.push_back({{"fault", result.fault},
                    {"code", result.code},
                    {"found", result.found},
                    {"repaired", result.repaired},
                    {"problem", result.problem}});
  }
  return {{"results", list}};
}

int Run(const Options& options) {
  std::error_code none;
  const std::string folder = std::filesystem::temp_directory_path(none).string();
  if (none) return ReportError(FailedPrecondition("there is no temporary folder; set TMPDIR to one"));
  const absl::StatusOr<std::vector<SelfTestResult>> results = TestYourself(folder, SystemClock());
  if (!results.ok()) return ReportError(results.status());
  if (options.json) std::cout << Json(*results).dump(2) << '\n';
  for (const SelfTestResult& result : *results) {
    if (!options.json) std::cout << Text(result);
  }
  const bool all = std::all_of(results->begin(), results->end(), [](const auto& r) { return r.problem.empty(); });
  return all ? 0 : 1;
}

}  // namespace

void AddSelfTestCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "self-test",
      "Break a store made for it in every way tracking breaks; find and repair each. Your data is not touched");
  command->footer("Exit code: 0 all found and repaired, 1 something was not, 2 could not run.");
  auto options = std::make_shared<Options>();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
