#include <nlohmann/json.hpp>

#include "agent/bundle/sections/sections.h"

namespace fleet::agent {

// What findings and backups say about Qdrant; the server itself is asked by its own probe.
void AddQdrant(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  nlohmann::ordered_json json{{"findings", nlohmann::ordered_json::array()},
                              {"snapshots", nlohmann::ordered_json::array()}};
  std::string text;
  for (const Finding& finding : input.findings) {
    if (finding.component != "qdrant") continue;
    json["findings"].push_back({{"code", finding.code}, {"severity", SeverityText(finding.severity)}});
    text += std::string(SeverityText(finding.severity)) + " " + finding.code + "\n";
  }
  for (const HomeModel& home : input.homes) {
    if (!home.backups) continue;
    for (const Backup& backup : home.backups->backups) {
      if (backup.kind != BackupKind::kQdrant) continue;
      json["snapshots"].push_back(
          {{"path", redactor.Path(backup.path)},
           {"good", backup.good()},
           {"points", backup.points ? nlohmann::ordered_json(*backup.points) : nlohmann::ordered_json()}});
    }
  }
  text += std::to_string(json["snapshots"].size()) + " snapshots\n";
  bundle.Add("qdrant.json", json.dump(2) + "\n");
  bundle.Report("Qdrant", text);
}

}  // namespace fleet::agent
