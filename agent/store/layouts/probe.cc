#include "agent/store/layouts/probe.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "common/status.h"

namespace fleet::agent {

namespace {

// What merely is not there is no obstacle to looking.
void Note(const absl::Status& status, const std::string& path, std::map<std::string, Unreadable>& unreadable) {
  const int error = ErrnoOf(status);
  if (error != ENOENT && error != ENOTDIR) unreadable[path] = {error, true};
}

}  // namespace

std::vector<std::string> SubdirectoriesOf(const std::string& path, std::map<std::string, Unreadable>& unreadable) {
  std::vector<std::string> names;
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(path);
  if (!directory.ok()) {
    Note(directory.status(), path, unreadable);
    return names;
  }
  const absl::Status listed = directory->List([&](const std::string& name, EntryType type) {
    if (type == EntryType::kDirectory || type == EntryType::kSymlink) names.push_back(name);
  });
  if (!listed.ok()) Note(listed, path, unreadable);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<Root> ProbeRoot(RootKind kind, const std::string& path, std::map<std::string, Unreadable>& unreadable,
                               absl::FunctionRef<bool(const Directory&)> is_root) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(path);
  if (!directory.ok()) {
    Note(directory.status(), path, unreadable);
    return directory.status();
  }
  if (!is_root(*directory)) return NotFound("no data root: " + path);
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), std::free);
  if (!resolved) return FromErrno(errno, "cannot resolve " + path);
  Root root;
  root.kind = kind;
  root.path = resolved.get();
  const absl::StatusOr<FileStat> stat = directory->Stat(".");
  if (stat.ok()) root.owner = stat->uid;
  return root;
}

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

std::string_view LastComponent(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Place Skipped() {
  Place place;
  place.skip = true;
  return place;
}

Place DocumentPlace(DocumentClass cls, Area area, std::string_view subject) {
  Place place;
  place.cls = cls;
  place.area = area;
  place.subject = subject;
  return place;
}

void SetDocument(Place& place, DocumentClass cls, std::string_view file) {
  constexpr std::string_view kSuffix = ".json";
  if (file.size() <= kSuffix.size() || file.substr(file.size() - kSuffix.size()) != kSuffix) return;
  place.cls = cls;
  place.subject = file.substr(0, file.size() - kSuffix.size());
}

}  // namespace fleet::agent
