#include <nlohmann/json.hpp>

#include "agent/backup/backup_text.h"
#include "agent/bundle/sections/sections.h"

namespace fleet::agent {

void AddBackups(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::string text;
  for (const HomeModel& home : input.homes) {
    if (!home.backups) continue;
    BackupFacts facts = *home.backups;
    for (Backup& backup : facts.backups) {
      backup.path = redactor.Path(backup.path);
      backup.problem = redactor.Text(backup.problem);
      backup.collection = redactor.Name(backup.collection);
      std::set<std::string> roots;
      for (const std::string& root : backup.roots) roots.insert(redactor.Path(root));
      backup.roots = std::move(roots);
    }
    for (RootBackup& root : facts.roots) root.root = redactor.Path(root.root);
    json.push_back(BackupsJson(facts));
    text += BackupsText(facts);
  }
  bundle.Add("backups.json", json.dump(2) + "\n");
  bundle.Report("Backups", text.empty() ? "not looked at\n" : text);
}

}  // namespace fleet::agent
