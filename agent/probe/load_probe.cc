#include <algorithm>

#include "agent/probe/load_time.h"
#include "agent/probe/probes.h"

namespace fleet::agent {

namespace {

constexpr int kMostListings = 3;

bool IsSlow(const ListingTime& time, const CheckSettings& settings) {
  const double hundreds = std::max(1.0, static_cast<double>(time.infos) / 100);
  return time.total_ms > settings.listing_ms_per_100_sessions * hundreds || time.slowest_ms > settings.info_read_ms;
}

}  // namespace

// A listing that is slow once may have met a busy machine: the best of three in a row counts. The scan has just read
// the same files, so that a cold cache is no fault either.
void ProbeLoad(const CheckSettings& settings, HomeModel& home) {
  for (RootModel& root : home.roots) {
    std::optional<ListingTime> best;
    int listings = 0;
    for (; listings < kMostListings && (!best || IsSlow(*best, settings)); ++listings) {
      const absl::StatusOr<ListingTime> time = TimeListing(root.root);
      if (!time.ok()) break;  // that it cannot be read is known already
      if (!best) best = *time;
      best->total_ms = std::min(best->total_ms, time->total_ms);
      best->slowest_ms = std::min(best->slowest_ms, time->slowest_ms);
    }
    if (!best) continue;
    root.load = LoadFacts{best->total_ms, best->slowest_ms, best->infos, listings, root.stats.read_ms};
  }
}

}  // namespace fleet::agent
