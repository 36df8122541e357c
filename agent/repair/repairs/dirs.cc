#include <sys/stat.h>

#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/repairs/rebuild.h"

namespace fleet::agent {

namespace {

// Makes what is missing of the layout's skeleton, below the root only.
Answer PlanDirs(const PlannedRoot& root, const HomeModel&, const Finding&) {
  Cure cure;
  for (const std::string_view directory : LayoutOf(root.model().root.kind).skeleton) {
    const std::string path(directory);
    if (root.model().directories.contains(path)) continue;
    if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
    const auto stat = root.Stat(path);
    if (stat.ok() && !S_ISDIR(stat->mode)) {
      return Refusal{"not_a_directory", path + " is needed as a directory and is something else; move it away"};
    }
    if (!stat.ok()) cure.changes.push_back(MakeDirectory{path});
  }
  return cure;
}

}  // namespace

const Repair kDirs = {.id = "R-DIRS", .plan = PlanDirs};

}  // namespace fleet::agent
