#include "agent/watch/settling.h"

#include <utility>

namespace fleet::agent {

namespace {

constexpr std::chrono::seconds kBetweenLooks{2};
constexpr int kLooks = 3;
constexpr std::chrono::milliseconds kFresh{10'500};

}  // namespace

Settling::Result Settling::Take(std::vector<Finding> found, const std::set<std::string>& live_places, MonoTime now) {
  Result result;
  const std::map<std::string, Suspect> before = std::exchange(suspects_, {});
  std::set<std::string> named;
  for (Finding& finding : found) {
    named.insert(finding.fingerprint);
    const bool live = live_places.contains(finding.root);
    Judge(std::move(finding), before, live, now, result);
  }
  for (auto entry = settled_.begin(); entry != settled_.end();) {
    Settled& settled = entry->second;
    const bool missing = !named.contains(entry->first);
    if (missing && !settled.missing_since) settled.missing_since = now;
    if (missing && (!live_places.contains(settled.root) || *settled.missing_since + kFresh <= now)) {
      entry = settled_.erase(entry);
      continue;
    }
    if (missing) {
      result.look_at = Earlier(result.look_at, *settled.missing_since + kFresh);
      result.open.insert(entry->first);
      result.unknown.insert(settled.paths.begin(), settled.paths.end());
    }
    ++entry;
  }
  return result;
}

void Settling::Judge(Finding finding, const std::map<std::string, Suspect>& before, bool live, MonoTime now,
                     Result& result) {
  const std::string& fingerprint = finding.fingerprint;
  bool counts = !live || settled_.contains(fingerprint);
  if (!counts) {
    const auto known = before.find(fingerprint);
    Suspect suspect = known == before.end() ? Suspect{1, now} : known->second;
    if (now - suspect.looked >= kBetweenLooks) suspect = {suspect.looks + 1, now};
    counts = suspect.looks >= kLooks;
    if (!counts) {
      suspects_[fingerprint] = suspect;
      result.look_at = Earlier(result.look_at, suspect.looked + kBetweenLooks);
      result.unknown.insert(finding.paths.begin(), finding.paths.end());
    }
  }
  if (!counts) return;
  settled_[fingerprint] = {finding.root, finding.paths, std::nullopt};
  result.open.insert(fingerprint);
  result.findings.push_back(std::move(finding));
}

void AddLivePlaces(const HomeModel& home, std::set<std::string>& places) {
  for (const RootModel& root : home.roots) {
    if (!root.live) continue;
    places.insert(root.root.path);
    if (!home.home.path.empty()) places.insert(home.home.path);
  }
}

std::optional<MonoTime> Earlier(std::optional<MonoTime> a, std::optional<MonoTime> b) {
  return a && (!b || *a < *b) ? a : b;
}

}  // namespace fleet::agent
