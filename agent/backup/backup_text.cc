#include "agent/backup/backup_text.h"

#include <nlohmann/json.hpp>

#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

std::string RootText(const BackupFacts& facts, const RootBackup& root) {
  std::string text = ToPrintable(root.root) + "\n  ";
  if (!root.newest) return text + "no good backup\n";
  const Backup& newest = facts.backups[*root.newest];
  text += "newest good backup " + TimeText(newest.made_ms);
  if (!root.unsaved_since_ms) return text + ", nothing has changed since\n";
  return text + ", not saved since " + TimeText(*root.unsaved_since_ms) + "\n";
}

}  // namespace

std::string_view BackupStateText(BackupState state) {
  static constexpr std::string_view kTexts[] = {"unverified", "good", "corrupt", "checksum_mismatch"};
  return kTexts[static_cast<int>(state)];
}

std::string_view BackupKindText(BackupKind kind) { return kind == BackupKind::kQdrant ? "qdrant" : "sessions"; }

std::string BackupsText(const BackupFacts& facts) {
  std::string text;
  if (facts.backups.empty()) {
    text = "No backups.\n";
  } else {
    Table table({"MADE", "KIND", "STATE", "FILES", "BYTES", "PATH"});
    for (const Backup& backup : facts.backups) {
      table.Add({TimeText(backup.made_ms), std::string(BackupKindText(backup.kind)),
                 std::string(BackupStateText(backup.state)), backup.good() ? std::to_string(backup.files) : "",
                 std::to_string(backup.size), backup.path + (backup.problem.empty() ? "" : ": " + backup.problem)});
    }
    text = table.Text();
  }
  if (!facts.complete) text += "Not every place where backups may be could be looked into.\n";
  for (const RootBackup& root : facts.roots) text += RootText(facts, root);
  return text;
}

Json BackupsJson(const BackupFacts& facts) {
  Json json{{"complete", facts.complete}, {"backups", Json::array()}, {"roots", Json::array()}};
  for (const Backup& backup : facts.backups) {
    Json each{{"path", ToUtf8(backup.path)},
              {"kind", BackupKindText(backup.kind)},
              {"state", BackupStateText(backup.state)},
              {"problem", backup.problem.empty() ? Json() : Json(ToUtf8(backup.problem))},
              {"made", TimeText(backup.made_ms)},
              {"size", backup.size},
              {"files", backup.files},
              {"manifest", backup.has_manifest},
              {"roots", Json::array()}};
    for (const std::string& root : backup.roots) each["roots"].push_back(ToUtf8(root));
    if (backup.kind == BackupKind::kQdrant) {
      each["collection"] = ToUtf8(backup.collection);
      each["points"] = backup.points ? Json(*backup.points) : Json();
    }
    json["backups"].push_back(std::move(each));
  }
  for (const RootBackup& root : facts.roots) {
    json["roots"].push_back(
        {{"root", ToUtf8(root.root)},
         {"newest_good", root.newest ? Json(ToUtf8(facts.backups[*root.newest].path)) : Json()},
         {"unsaved_since", root.unsaved_since_ms ? Json(TimeText(*root.unsaved_since_ms)) : Json()}});
  }
  return json;
}

}  // namespace fleet::agent
