#include "agent/repair/repairs/rebuild.h"

namespace fleet::agent {

namespace {

constexpr const Repair* kRepairs[] = {&kDirs, &kTmp, &kQuarantine, &kFileRecover, &kSessionRecover, &kSubsessionSynth,
                                      &kIndex};

}  // namespace

std::span<const Repair* const> AllRepairs() { return kRepairs; }

const Repair* FindRepair(std::string_view id) {
  for (const Repair* repair : kRepairs) {
    if (repair->id == id) return repair;
  }
  return nullptr;
}

std::string RelativePath(const PlannedRoot& root, const std::string& absolute) {
  const std::string prefix = root.model().root.path + "/";
  return absolute.compare(0, prefix.size(), prefix) == 0 ? absolute.substr(prefix.size()) : absolute;
}

}  // namespace fleet::agent
