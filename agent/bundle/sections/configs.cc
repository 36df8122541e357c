#include <nlohmann/json.hpp>

#include "agent/bundle/sections/sections.h"
#include "agent/store/directory.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMostConfig = 1 << 20;

struct ConfigPlace {
  std::string base;
  std::string relative;
};

std::vector<ConfigPlace> ConfigsOf(const HomeModel& home) {
  std::vector<ConfigPlace> places = {{home.home.config_home, "dgmo/config.json"},
                                     {home.home.config_home, "opencode/config.json"}};
  for (const RootModel& root : home.roots) {
    if (root.root.kind == RootKind::kGuide) places.push_back({root.root.path, ".opencode/config.json"});
  }
  return places;
}

// What may be shown of it. Not that of a damaged file: its structure is what masks values.
nlohmann::ordered_json Describe(std::string_view bytes, Redactor& redactor) {
  nlohmann::ordered_json parsed = nlohmann::ordered_json::parse(bytes, nullptr, false);
  if (!parsed.is_discarded() && parsed.is_object()) return redactor.Config(parsed);
  return "not a readable JSON object, " + std::to_string(bytes.size()) + " bytes";
}

}  // namespace

void AddConfigs(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  std::string text;
  int number = 0;
  for (const HomeModel& home : input.homes) {
    if (home.home.path.empty()) continue;
    for (const ConfigPlace& place : ConfigsOf(home)) {
      const absl::StatusOr<Directory> base = Directory::OpenRoot(place.base);
      if (!base.ok()) continue;
      PaddedText bytes;
      FileStat stat;
      const absl::Status read = base->Read(place.relative, kMostConfig, bytes, stat);
      const std::string path = redactor.Path(place.base + "/" + place.relative);
      if (ErrnoOf(read) == ENOENT || ErrnoOf(read) == ENOTDIR) continue;
      if (!read.ok()) {
        bundle.Problem("cannot be read: " + path);
        continue;
      }
      const std::string member = "config/" + std::to_string(++number) + ".json";
      const nlohmann::ordered_json json{
          {"path", path}, {"size", stat.size}, {"config", Describe(bytes.view(), redactor)}};
      bundle.Add(member, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
      text += path + ", " + std::to_string(stat.size) + " bytes: " + member + "\n";
    }
  }
  bundle.Report("Configuration", text.empty() ? "none\n" : text);
}

}  // namespace fleet::agent
