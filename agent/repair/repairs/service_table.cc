#include <algorithm>

#include "agent/repair/repairs/services.h"

namespace fleet::agent {

namespace {

constexpr const ServiceRepair* kServices[] = {&kDisk,         &kLogRotate,      &kFdLimit,
                                              &kPort,         &kQdrantRestart,  &kQdrantRecover,
                                              &kQdrantCreate, &kQdrantRevector, &kQdrantOptimize};

}  // namespace

std::span<const ServiceRepair* const> AllServiceRepairs() { return kServices; }

bool IsOfAHome(const ProcessInfo& process, const ServiceContext& context) {
  return std::any_of(context.homes.begin(), context.homes.end(),
                     [&](const HomeModel* home) { return home->home.owner == process.uid; });
}

const ServiceRepair* FindServiceRepair(std::string_view id) {
  for (const ServiceRepair* repair : kServices) {
    if (repair->id == id) return repair;
  }
  return nullptr;
}

}  // namespace fleet::agent
