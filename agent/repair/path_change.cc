#include "agent/repair/path_change.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "common/sha256.h"

namespace fleet::agent {

namespace {

PathState BeforeOf(const Step& step) {
  PathState state;
  if (!step.before) return state;
  state.kind = S_ISDIR(step.before->mode)   ? PathState::Kind::kDirectory
               : S_ISREG(step.before->mode) ? PathState::Kind::kFile
                                            : PathState::Kind::kOther;
  state.stat = *step.before;
  state.sha256 = step.before_sha256;
  return state;
}

void Take(const WriteFile& write, PathChange& change) {
  change.after = {.kind = PathState::Kind::kFile, .stat = {}, .sha256 = Sha256Hex(write.bytes)};
  change.after.stat.size = static_cast<std::int64_t>(write.bytes.size());
  change.bytes = write.bytes;
}

void Take(const Quarantine& quarantine, PathChange& change) {
  change.after = {};
  change.bytes.clear();
  if (change.reason.empty()) change.reason = quarantine.reason;
}

void Take(const MakeDirectory&, PathChange& change) {
  change.after = {.kind = PathState::Kind::kDirectory, .stat = {}, .sha256 = ""};
}

int RankOf(const PathChange& change) {
  if (change.after.kind == PathState::Kind::kDirectory) return 0;
  return change.after.kind == PathState::Kind::kFile ? 1 : 2;
}

}  // namespace

std::vector<PathChange> FoldSteps(const std::vector<Plan>& plans) {
  std::vector<PathChange> changes;
  std::map<std::string, std::size_t> by_path;
  for (std::size_t plan = 0; plan < plans.size(); ++plan) {
    for (const Step& step : plans[plan].steps) {
      const std::string& path = PathOf(step.change);
      const auto [known, is_new] = by_path.emplace(path, changes.size());
      if (is_new) {
        changes.emplace_back();
        changes.back().path = path;
        changes.back().before = BeforeOf(step);
      }
      PathChange& change = changes[known->second];
      change.plan = static_cast<int>(plan);
      std::visit([&](const auto& of_a_kind) { Take(of_a_kind, change); }, step.change);
    }
  }
  std::erase_if(changes, [](const PathChange& change) { return change.before.Holds(change.after); });
  for (PathChange& change : changes) {
    if (change.before.kind != PathState::Kind::kFile) change.reason.clear();
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const PathChange& a, const PathChange& b) { return RankOf(a) < RankOf(b); });
  return changes;
}

std::int64_t BackupBytes(const std::vector<PathChange>& changes) {
  std::int64_t bytes = 0;
  for (const PathChange& change : changes) bytes += change.before.stat.size;
  return bytes;
}

std::int64_t BackupBytes(const Plan& plan) {
  std::int64_t bytes = 0;
  for (const Step& step : plan.steps) {
    // Inode 0: written by an earlier step, so there is nothing yet to back up.
    if (step.before && step.before->inode != 0) bytes += step.before->size;
  }
  return bytes;
}

}  // namespace fleet::agent
