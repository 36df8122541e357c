#include <re2/re2.h>

#include <map>
#include <nlohmann/json.hpp>

#include "agent/bundle/sections/sections.h"

namespace fleet::agent {

// The agent's version, and those that sessions say they were made by: the newest is the dgmo in use.
void AddVersions(const BundleInput& input, Redactor&, Bundle& bundle) {
  static const RE2 kVersion(R"(\d{1,5}\.\d{1,5}\.\d{1,5}(?:-\d{1,14})?|dev)");
  nlohmann::ordered_json json{{"agent", FLEET_VERSION}, {"homes", nlohmann::ordered_json::array()}};
  std::string text = "dgmo-agent " FLEET_VERSION "\n";
  for (const HomeModel& home : input.homes) {
    std::map<std::string, std::int64_t> sessions;
    std::string newest;
    double newest_ms = 0;
    for (const RootModel& root : home.roots) {
      for (const auto& [id, info] : root.sessions) {
        const std::string& version = info.document.version;
        if (!RE2::FullMatch(version, kVersion)) continue;
        ++sessions[version];
        if (info.document.created <= newest_ms) continue;
        newest_ms = info.document.created;
        newest = version;
      }
    }
    json["homes"].push_back({{"dgmo_installed", home.dgmo_installed},
                             {"newest_session_by", newest.empty() ? nlohmann::ordered_json() : newest},
                             {"sessions_by_version", sessions}});
    text += std::string("dgmo is ") + (home.dgmo_installed ? "" : "not ") +
            "installed in a usual place; newest session by " + (newest.empty() ? "no known version" : newest) + "\n";
  }
  bundle.Add("versions.json", json.dump(2) + "\n");
  bundle.Report("Versions", text);
}

}  // namespace fleet::agent
