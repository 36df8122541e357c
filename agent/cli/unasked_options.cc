#include "agent/cli/unasked_options.h"

#include <spdlog/spdlog.h>

#include <CLI/Validators.hpp>
#include <optional>
#include <utility>

#include "agent/cli/config_file.h"
#include "agent/repair/repair.h"
#include "agent/repair/service_repair.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr char kKey[] = "auto-repair";
constexpr char kGroup[] = "Unasked repairs";

void AddSeconds(CLI::App& command, const std::string& name, std::int64_t& field, const std::string& what) {
  command
      .add_option_function<double>(
          name, [&field](const double& seconds) { field = static_cast<std::int64_t>(seconds * 1'000); }, what)
      ->check(CLI::Range(0.0, 1e7))
      ->default_str(std::to_string(field / 1'000))
      ->type_name("S")
      ->group(kGroup);
}

// What the file says now.
class ConfiguredPolicy {
 public:
  explicit ConfiguredPolicy(std::string path) : path_(std::move(path)) {}

  RepairPolicy operator()() {
    const absl::StatusOr<std::optional<std::string>> value = ConfiguredValue(path_, "run", kKey);
    std::string problem = value.ok() ? "" : MessageOf(value.status());
    std::optional<RepairPolicy> policy = RepairPolicy::kSafe;
    if (value.ok() && *value) policy = RepairPolicyOf(**value);
    if (!policy) problem = path_ + ": auto-repair is none of off, observe, safe, all";
    if (problem != problem_ && !problem.empty()) {
      spdlog::warn("auto_repair_policy_unknown is=off until=\"it can be read\" error=\"{}\"", ToPrintable(problem));
    }
    problem_ = std::move(problem);
    return problem_.empty() ? *policy : RepairPolicy::kOff;
  }

 private:
  std::string path_;
  std::string problem_;  // that was told
};

}  // namespace

void AddUnaskedOptions(CLI::App& command, UnaskedOptions& options) {
  command
      .add_option(
          "--auto-repair", options.policy,
          "What may be repaired without being asked: off, observe (only log what safe would do), safe (what the "
          "catalogue calls safe; this is the default), all (whatever needs no consent or has it). Given in the "
          "configuration file it may be changed at any time")
      ->check(CLI::IsMember({"off", "observe", "safe", "all"}))
      ->type_name("POLICY")
      ->group(kGroup);
  command.add_option("--auto-consent", options.consent, "With all: repairs you allow that are only done on request")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("R-NAME,...")
      ->group(kGroup);
  AutoRepairSettings& settings = options.settings;
  AddSeconds(command, "--auto-repair-settling", settings.settling_ms, "A fault must be there for so long before");
  AddSeconds(command, "--auto-repair-cooldown", settings.cooldown_ms, "From try to try at the same fault");
  AddSeconds(command, "--auto-repair-window", settings.window_ms, "In which a kind of repair may run so many times:");
  command.add_option("--auto-repair-budget", settings.budget, "So many times")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->type_name("N")
      ->group(kGroup);
  AddSeconds(command, "--auto-repair-probation", settings.probation_ms,
             "A repaired fault that comes back three times before it stayed away for so long is left to a person");
}

absl::Status Validate(const UnaskedOptions& options) {
  for (const std::string& id : options.consent) {
    if (FindRepair(id) != nullptr || FindServiceRepair(id) != nullptr) continue;
    return InvalidArgument("--auto-consent: no repair is called " + ToPrintable(id) +
                           "; `dgmo-agent explain` lists them");
  }
  return absl::OkStatus();
}

UnaskedRepairs::Parts PartsOf(const UnaskedOptions& options, const std::string& config, const Clock& clock,
                              const std::string& state) {
  const RepairPolicy fixed = RepairPolicyOf(options.policy).value_or(RepairPolicy::kSafe);
  absl::AnyInvocable<RepairPolicy()> policy = [fixed] { return fixed; };
  if (!options.named && !config.empty()) policy = ConfiguredPolicy(config);
  return {.clock = clock,
          .state = state,
          .settings = options.settings,
          .consent = options.consent,
          .policy = std::move(policy),
          .run = {}};
}

}  // namespace fleet::agent
