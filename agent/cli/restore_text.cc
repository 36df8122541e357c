#include "agent/cli/restore_text.h"

#include <nlohmann/json.hpp>

#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostShown = 20;

std::string RootText(const RestoredRoot& root) {
  std::string text = ToPrintable(root.path) + "\n  " + std::to_string(root.created) + " created, " +
                     std::to_string(root.replaced) + " replaced";
  if (root.newer_replaced > 0) text += " (" + std::to_string(root.newer_replaced) + " of them newer than the backup)";
  const std::string indexes = std::to_string(root.indexes) + (root.indexes == 1 ? " index" : " indexes");
  text += ", " + indexes + " rebuilt, " + std::to_string(root.unchanged) + " unchanged, " + std::to_string(root.kept) +
          " kept\n";
  for (std::size_t i = 0; i < root.skipped.size() && i < kMostShown; ++i) {
    text += "  not restored: " + ToPrintable(root.skipped[i]) + "\n";
  }
  if (root.skipped.size() > kMostShown) {
    text += "  not restored: " + std::to_string(root.skipped.size() - kMostShown) + " more, see --json\n";
  }
  return text;
}

}  // namespace

std::string RestoreText(const RestoreRun& run, bool dry_run, const std::string& options) {
  std::string text;
  for (const std::string& note : run.notes) text += "Note: " + ToPrintable(note) + "\n";
  text += (dry_run ? "Would restore from " : "From ") + ToPrintable(run.backup) + " of " + TimeText(run.made_ms) +
          ", which is " + DurationText(run.data_age_ms) + " old\n";
  for (const RestoredRoot& root : run.roots) text += RootText(root);
  if (run.refusal) return text + "Refused (" + run.refusal->reason + "): " + ToPrintable(run.refusal->text) + "\n";
  if (!run.pre_restore.empty()) text += "What was there before: " + ToPrintable(run.pre_restore) + "\n";
  if (!run.appeared.empty()) {
    text += "The restored data bring findings with them, see `dgmo-agent check`:";
    for (const std::string& code : run.appeared) text += " " + code;
    text += "\n";
  }
  if (!run.journal.empty()) text += "Verified. Take it back with: dgmo-agent undo " + run.journal + options + "\n";
  if (!dry_run && run.journal.empty() && run.roots.size() == 1 && run.roots[0].created + run.roots[0].replaced == 0) {
    text += "Nothing had to be restored.\n";
  }
  return text + "Age of the data (RPO) " + DurationText(run.data_age_ms) + ", duration (RTO) " +
         std::to_string(run.duration_ms) + " ms\n";
}

Json RestoreJson(const RestoreRun& run, bool dry_run) {
  Json json{{"dry_run", dry_run},
            {"backup", ToUtf8(run.backup)},
            {"made", TimeText(run.made_ms)},
            {"notes", Json::array()},
            {"refusal", run.refusal ? Json(run.refusal->reason) : Json()},
            {"text", run.refusal ? Json(ToUtf8(run.refusal->text)) : Json()},
            {"journal", run.journal.empty() ? Json() : Json(run.journal)},
            {"pre_restore", run.pre_restore.empty() ? Json() : Json(ToUtf8(run.pre_restore))},
            {"appeared", run.appeared},
            {"achieved_rpo_ms", run.data_age_ms},
            {"achieved_rto_ms", run.duration_ms},
            {"roots", Json::array()}};
  for (const std::string& note : run.notes) json["notes"].push_back(ToUtf8(note));
  for (const RestoredRoot& root : run.roots) {
    Json each{{"key", ToUtf8(root.key)},
              {"path", ToUtf8(root.path)},
              {"created", root.created},
              {"replaced", root.replaced},
              {"newer_replaced", root.newer_replaced},
              {"indexes", root.indexes},
              {"unchanged", root.unchanged},
              {"kept", root.kept},
              {"skipped", Json::array()}};
    for (const std::string& why : root.skipped) each["skipped"].push_back(ToUtf8(why));
    json["roots"].push_back(std::move(each));
  }
  return json;
}

}  // namespace fleet::agent
