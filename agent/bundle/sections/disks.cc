#include <sys/stat.h>
#include <sys/statvfs.h>

#include <nlohmann/json.hpp>
#include <set>

#include "agent/bundle/sections/sections.h"
#include "common/terminal.h"

namespace fleet::agent {

// Every file system that holds homes, roots, backups or the agent's own data, once.
void AddDisks(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  std::vector<std::string> places;
  for (const HomeModel& home : input.homes) {
    places.push_back(home.home.path);
    places.push_back(home.home.path + "/backups");
    for (const RootModel& root : home.roots) places.push_back(root.root.path);
  }
  places.push_back(input.state);
  places.emplace_back("/tmp");
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table table({"PLACE", "FREE MiB", "OF MiB", "FREE INODES", "READ-ONLY"});
  std::set<dev_t> seen;
  for (const std::string& place : places) {
    struct stat found {};
    struct statvfs space {};
    if (place.empty() || stat(place.c_str(), &found) != 0 || !seen.insert(found.st_dev).second) continue;
    if (statvfs(place.c_str(), &space) != 0) continue;
    const std::uint64_t free = space.f_bavail * space.f_frsize;
    const std::uint64_t total = space.f_blocks * space.f_frsize;
    const bool read_only = (space.f_flag & ST_RDONLY) != 0;
    json.push_back({{"place", redactor.Path(place)},
                    {"free_bytes", free},
                    {"total_bytes", total},
                    {"free_inodes", space.f_favail},
                    {"total_inodes", space.f_files},
                    {"read_only", read_only}});
    table.Add({redactor.Path(place), std::to_string(free >> 20), std::to_string(total >> 20),
               std::to_string(space.f_favail), read_only ? "yes" : ""});
  }
  bundle.Add("disks.json", json.dump(2) + "\n");
  bundle.Report("Disk usage", table.Text());
}

}  // namespace fleet::agent
