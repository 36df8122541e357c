#include <algorithm>
#include <cmath>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

// One digit that counts: evidence that differs at each look would be reported at each look.
std::int64_t Coarse(double ms) {
  std::int64_t unit = 1;
  while (ms >= 10 * static_cast<double>(unit)) unit *= 10;
  return std::llround(ms / static_cast<double>(unit)) * unit;
}

}  // namespace

// How long dgmo takes to start on a root (catalogue: LOAD_SLOW).
void CheckLoad(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  if (!root.model().load) return;
  const LoadFacts& load = *root.model().load;
  const CheckSettings& limits = home.settings;
  // A store of three sessions is not slow because a processor was busy for five milliseconds.
  const double hundreds = std::max(1.0, static_cast<double>(load.infos) / 100);
  const bool slow_list = load.listing_ms > limits.listing_ms_per_100_sessions * hundreds;
  const bool slow_info = load.slowest_info_ms > limits.info_read_ms;
  const bool slow_whole = load.whole_load_ms > limits.whole_load_ms;
  if (!slow_list && !slow_info && !slow_whole) return;
  const std::string listed = LayoutOf(root.model().root.kind).path_of(DocumentClass::kSession, "x", "x");
  Finding finding = root.Draft("LOAD_SLOW", "", {listed.substr(0, listed.rfind('/'))});
  if (std::max(load.listing_ms, load.whole_load_ms) > limits.unusable_load_ms) finding.severity = Severity::kP1;
  finding.evidence["sessions"] = load.infos;
  finding.evidence["listing_ms"] = Coarse(load.listing_ms);
  finding.evidence["slowest_info_ms"] = Coarse(load.slowest_info_ms);
  finding.evidence["whole_load_ms"] = Coarse(load.whole_load_ms);
  finding.evidence["listings_measured"] = std::int64_t{load.listings};
  findings.push_back(std::move(finding));
}

}  // namespace fleet::agent
