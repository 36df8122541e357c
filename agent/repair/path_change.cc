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
  change.mode = write.mode;
  if (change.reason.empty()) change.reason = write.displaces;
}

void Take(const Quarantine& quarantine, PathChange& change) {
  change.after = {};
  change.access.reset();  // it leaves as it was
  change.bytes.clear();
  if (change.reason.empty()) change.reason = quarantine.reason;
}

void Take(const MakeDirectory&, PathChange& change) {
  change.after = {.kind = PathState::Kind::kDirectory, .stat = {}, .sha256 = ""};
}

void Take(const RemoveDirectory&, PathChange& change) {
  change.after = {};
  change.access.reset();
}

void Take(const SetAccess& set, PathChange& change) {
  const Access before = AccessOf(change.before.stat);
  if (!change.access) change.access = AccessChange{before, before};
  change.access->after.mode = set.mode;
  if (set.owner) change.access->after.uid = *set.owner;
}

// Everything else is reached through the root.
int RankOf(const PathChange& change) {
  if (change.path == ".") return -1;
  if (change.after.kind == PathState::Kind::kDirectory) return 0;
  if (change.after.kind == PathState::Kind::kFile) return 1;
  return change.removes_directory() ? 3 : 2;
}

// A directory is empty when it goes: what is below it goes before.
bool GoesBefore(const PathChange& a, const PathChange& b) {
  if (RankOf(a) != RankOf(b)) return RankOf(a) < RankOf(b);
  return a.removes_directory() && a.path > b.path;
}

}  // namespace

Access AccessOf(const FileStat& stat) { return {.mode = stat.mode & 07777, .uid = stat.uid}; }

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
        if (std::holds_alternative<SetAccess>(step.change)) changes.back().after = changes.back().before;
      }
      PathChange& change = changes[known->second];
      change.plan = static_cast<int>(plan);
      std::visit([&](const auto& of_a_kind) { Take(of_a_kind, change); }, step.change);
    }
  }
  std::erase_if(changes, [](const PathChange& change) {
    return change.before.Holds(change.after) && (!change.access || change.access->before == change.access->after);
  });
  for (PathChange& change : changes) {
    if (change.before.kind != PathState::Kind::kFile) change.reason.clear();
  }
  std::stable_sort(changes.begin(), changes.end(), GoesBefore);
  return changes;
}

std::int64_t BackupBytes(const std::vector<PathChange>& changes) {
  std::int64_t bytes = 0;
  for (const PathChange& change : changes) {
    if (!change.only_access() && !change.removes_directory()) bytes += change.before.stat.size;
  }
  return bytes;
}

std::int64_t BackupBytes(const Plan& plan) {
  std::int64_t bytes = 0;
  for (const Step& step : plan.steps) {
    // Inode 0: written by an earlier step, so there is nothing yet to back up.
    if (std::holds_alternative<SetAccess>(step.change) || std::holds_alternative<RemoveDirectory>(step.change))
      continue;
    if (step.before && step.before->inode != 0) bytes += step.before->size;
  }
  return bytes;
}

}  // namespace fleet::agent
