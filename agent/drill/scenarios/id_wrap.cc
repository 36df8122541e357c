#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kWrapMs = 1'786'706'395'136;  // 2026-08-14T11:19:55.136Z, a multiple of 2^36
constexpr std::int64_t kDayMs = 86'400'000;

}  // namespace

// D18: the time in identifiers begins anew.
absl::StatusOr<DrillResult> DrillIdWrap(Sandbox& sandbox) {
  if (sandbox.now_ms() < kWrapMs + 2 * kDayMs) {
    return DrillResult::Skipped("identifiers begin anew only on 2026-08-14");
  }
  SandboxStore store = sandbox.AddStore();
  store.AddSessionAt(kWrapMs - kDayMs, "Before");
  store.AddSessionAt(kWrapMs + kDayMs, "After");
  const Files before = FilesBelow(store.root());
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
  if (Has(findings, "SESSION_ID_TIME_SKEW") || Has(findings, "SESSION_TIME_INVALID")) {
    return DrillResult::Failed("times on both sides are taken for wrong: " + CodesOf(findings));
  }
  RETURN_IF_ERROR(sandbox.Repair().status());
  if (FilesBelow(store.root()) != before) return DrillResult::Failed("something was changed that is only to be told");
  DrillResult result;
  result.text = "sessions on both sides of it are dated right, and nothing is changed";
  return result;
}

}  // namespace fleet::agent
