#include "agent/cli/look.h"

#include <iterator>
#include <utility>

#include "agent/checks/check.h"
#include "agent/probe/examine.h"
#include "agent/probe/inspect.h"
#include "common/status.h"

namespace fleet::agent {

absl::StatusOr<Look> LookAt(const std::vector<Target>& targets, const CheckSettings& settings, ProbeRunner& runner,
                            const Clock& clock, ScanDepth depth) {
  const MonoTime begin = clock.Mono();
  Look look;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomeModel home, Inspect(target, SleepFor, depth));
    ProbeHome(settings, runner, home);
    look.homes.push_back(std::move(home));
  }
  look.machine = ProbeMachine(settings, runner, look.homes);
  look.taken_ms = ToMillis(clock.Now());
  look.about_machine = CheckMachine(look.machine, look.taken_ms, settings);
  for (const HomeModel& home : look.homes) {
    look.findings.push_back(CheckHome(home, look.taken_ms, settings, look.about_machine));
  }
  look.seconds = std::chrono::duration<double>(clock.Mono() - begin).count();
  return look;
}

absl::StatusOr<CheckReport> ReportOf(const Look& look, const Selectors& selectors, const PatternCatalogue& logs) {
  CheckReport report;
  for (std::size_t i = 0; i < look.homes.size(); ++i) {
    ASSIGN_OR_RETURN(std::vector<Finding> findings, Select(selectors, look.homes[i], look.findings[i], logs));
    AddHome(look.homes[i], std::move(findings), report);
  }
  ASSIGN_OR_RETURN(std::vector<Finding> findings, Select(selectors, HomeModel(), look.about_machine, logs));
  std::move(findings.begin(), findings.end(), std::back_inserter(report.findings));
  report.unknown.insert(look.machine.unknown.begin(), look.machine.unknown.end());
  report.seconds = look.seconds;
  return report;
}

}  // namespace fleet::agent
