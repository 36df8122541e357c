#include "agent/probe/gather_backups.h"
#include "agent/probe/probes.h"

namespace fleet::agent {

namespace {

// Lives as long as the process: a running agent verifies a backup once, not in every sweep.
VerdictCache& Verdicts() {
  static VerdictCache cache;
  return cache;
}

}  // namespace

void ProbeBackups(const CheckSettings& settings, HomeModel& home) {
  home.backups = GatherBackups(settings, Verdicts(), home);
}

}  // namespace fleet::agent
