#include "agent/store/access_census.h"

#include <sys/stat.h>

#include <algorithm>

namespace fleet::agent {

namespace {

constexpr std::uint32_t kPermissionBits = 07777;

bool IsOf(const AccessGroup& group, const std::string& folder, AccessGroup::Kind kind, const FileStat& stat) {
  return group.mode == (stat.mode & kPermissionBits) && group.uid == stat.uid && group.gid == stat.gid &&
         group.kind == kind && group.immutable == stat.immutable && group.append_only == stat.append_only &&
         group.folder == folder;
}

void AddExample(const std::string& path, std::vector<std::string>& paths) {
  if (paths.size() == kAccessExamples) {
    if (path > paths.back()) return;
    paths.pop_back();
  }
  paths.insert(std::lower_bound(paths.begin(), paths.end(), path), path);
}

}  // namespace

std::string AccessFolder(const Layout& layout, const std::string& path, bool is_directory) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = is_directory ? path : slash == std::string::npos ? "" : path.substr(0, slash);
  if (directory.empty()) return directory;
  const Place place = layout.place(directory, true);
  return place.session.empty() ? directory : directory.substr(0, directory.find("/" + place.session));
}

void AccessCensus::Count(const std::string& folder, AccessGroup::Kind kind, const std::string& path,
                         const FileStat& stat) {
  if (last_ >= groups_.size() || !IsOf(groups_[last_], folder, kind, stat)) {
    const auto found = std::find_if(groups_.begin(), groups_.end(),
                                    [&](const AccessGroup& group) { return IsOf(group, folder, kind, stat); });
    last_ = static_cast<std::size_t>(found - groups_.begin());
    if (found == groups_.end()) {
      groups_.push_back(
          {folder, kind, stat.uid, stat.gid, stat.mode & kPermissionBits, stat.immutable, stat.append_only, 0, {}});
    }
  }
  ++groups_[last_].count;
  AddExample(path, groups_[last_].paths);
}

void AccessCensus::Change(const std::string& folder, const std::string& path, const FileStat& before,
                          const FileStat& after) {
  using Kind = AccessGroup::Kind;
  const auto counts = [&](const AccessGroup& group) { return IsOf(group, folder, group.kind, before); };
  const auto names = [&](const AccessGroup& group) {
    return counts(group) && std::find(group.paths.begin(), group.paths.end(), path) != group.paths.end();
  };
  // Of more than the examples it is not known which of two alike groups counts it; it does not matter.
  auto group = std::find_if(groups_.begin(), groups_.end(), names);
  if (group == groups_.end()) group = std::find_if(groups_.begin(), groups_.end(), counts);
  if (group == groups_.end()) return;
  const Kind kind = group->kind;
  std::erase(group->paths, path);
  if (--group->count == 0) groups_.erase(group);
  Count(folder, kind, path, after);
}

}  // namespace fleet::agent
