#include <algorithm>
#include <iterator>
#include <vector>

#include "agent/repair/repairs/rebuild.h"

namespace fleet::agent {

namespace {

constexpr const Repair* kRepairs[] = {&kPerm,
                                      &kDirs,
                                      &kTmp,
                                      &kQuarantine,
                                      &kEncoding,
                                      &kFileRecover,
                                      &kConfigRecover,
                                      &kConfigCreate,
                                      &kConfigMerge,
                                      &kSessionRecover,
                                      &kMessageClose,
                                      &kSubsessionSynth,
                                      &kSubsessionClose,
                                      &kPrune,
                                      &kConsolidate,
                                      &kArchive,
                                      &kIndex,
                                      &kBypass};

std::vector<const Repair*> WithGuidePermissions() {
  std::vector<const Repair*> repairs(std::begin(kRepairs), std::end(kRepairs));
  std::replace(repairs.begin(), repairs.end(), &kPerm, &kPermAsTheGuide);
  return repairs;
}

}  // namespace

std::span<const Repair* const> AllRepairs(PermissionPolicy policy) {
  static const std::vector<const Repair*> kAsTheGuide = WithGuidePermissions();
  if (policy == PermissionPolicy::kGuide) return kAsTheGuide;
  return kRepairs;
}

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
