#include "agent/cli/configured_homes.h"

#include "agent/probe/probes.h"
#include "agent/store/find_roots.h"
#include "common/status.h"

namespace fleet::agent {

absl::StatusOr<std::vector<HomeModel>> ConfiguredHomes(const Targets& targets, const CheckSettings& settings) {
  if (!targets.roots.empty()) {
    return InvalidArgument("--root: servers are named by the configuration of a home; give one with --home DIR");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> resolved, ResolveTargets(targets));
  std::vector<HomeModel> homes;
  for (const Target& target : resolved) {
    HomeModel& home = homes.emplace_back();
    home.home = target.home;
    for (Root& root : FindRoots(home.home, home.unreadable)) {
      if (root.kind != RootKind::kForeign) home.roots.emplace_back().root = std::move(root);
    }
    ProbeConfig(settings, home);
  }
  return homes;
}

}  // namespace fleet::agent
