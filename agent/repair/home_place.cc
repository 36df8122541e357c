#include "agent/repair/home_place.h"

#include <optional>

namespace fleet::agent {

RootModel HomePlace(const HomeModel& home) {
  RootModel place;
  place.root.kind = RootKind::kHome;
  place.root.path = home.home.path;
  place.root.owner = home.home.owner;
  const std::string prefix = home.home.path + "/";
  const auto inside = [&](const std::string& path) { return path.compare(0, prefix.size(), prefix) == 0; };
  for (const auto& [path, why] : home.unreadable) {
    if (inside(path)) place.unreadable[path.substr(prefix.size())] = why;
  }
  if (!home.config) return place;
  for (const ConfigFile& file : home.config->files) {
    if (!file.document.fault || !inside(file.path)) continue;
    const std::string path = file.path.substr(prefix.size());
    const Place of_file = LayoutOf(RootKind::kHome).place(path, false);
    place.damaged[path] = {of_file, *file.document.fault, file.stat, file.sha256, ""};
  }
  return place;
}

}  // namespace fleet::agent
