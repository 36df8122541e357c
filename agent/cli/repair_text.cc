#include "agent/cli/repair_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/checks/access_rights.h"
#include "agent/repair/journal_text.h"
#include "agent/repair/service_repair.h"
#include "common/finding_json.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

std::string ByteText(std::int64_t bytes) {
  constexpr std::int64_t kKiB = 1024;
  constexpr std::int64_t kMiB = 1024 * kKiB;
  if (bytes < 10 * kKiB) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  return bytes < 10 * kMiB ? std::to_string(bytes / kKiB) + " KiB" : std::to_string(bytes / kMiB) + " MiB";
}

std::string StepText(const Step& step) {
  const std::string path = ToPrintable(PathOf(step.change));
  if (const auto* write = std::get_if<WriteFile>(&step.change)) {
    const std::string size = ByteText(static_cast<std::int64_t>(write->bytes.size()));
    if (!step.before) return "create " + path + " (" + size + ")";
    return "replace " + path + " (" + ByteText(step.before->size) + " by " + size + ")";
  }
  if (const auto* quarantine = std::get_if<Quarantine>(&step.change)) {
    return "move " + path + " to quarantine: " + ToPrintable(quarantine->reason);
  }
  if (const auto* set = std::get_if<SetAccess>(&step.change)) {
    const std::string now = step.before ? " (now " + ModeText(step.before->mode) + ")" : "";
    return "set the rights of " + path + " to " + ModeText(set->mode) + now +
           (set->owner ? " and give it to user " + std::to_string(*set->owner) : "");
  }
  const bool removes = std::holds_alternative<RemoveDirectory>(step.change);
  return (removes ? "remove the empty directory " : "make the directory ") + path;
}

std::string RefusalText(const Refusal& refusal) { return ToPrintable(refusal.text) + " (" + refusal.reason + ")"; }

std::string Joined(const std::vector<std::string>& codes) {
  std::set<std::string> once(codes.begin(), codes.end());
  std::string text;
  for (const std::string& code : once) text += (text.empty() ? "" : ", ") + code;
  return text;
}

std::string OnePlanText(const Plan& plan, bool colour) {
  std::string text = "  " + Paint(Colour::kBold, plan.repair, colour) + "  " + ToPrintable(plan.subject_id) + "  " +
                     Paint(Colour::kDim, Joined(plan.codes), colour) + "\n";
  if (plan.refusal)
    return text + "    " + Paint(Colour::kYellow, "refused: ", colour) + RefusalText(*plan.refusal) + "\n";
  for (const Step& step : plan.steps) text += "    " + StepText(step) + "\n";
  for (const std::string& sentence : plan.sentences) text += "    " + ToPrintable(sentence) + "\n";
  if (!plan.note.empty()) text += "    note: " + ToPrintable(plan.note) + "\n";
  return text;
}

std::string RemarksText(const RepairRun& run, bool colour) {
  std::string text;
  for (const std::string& note : run.notes) text += "Note: " + ToPrintable(note) + "\n";
  for (const Finding& finding : run.uncovered) {
    text += "Afterwards a check will report " + finding.code + " on " +
            ToPrintable(finding.subject_id.empty() ? finding.path : finding.subject_id) + "\n";
  }
  for (const LeftAlone& left : run.left_alone) {
    text += Paint(Colour::kDim, "Left alone: " + left.finding.code + " " + ToPrintable(left.finding.subject_id) + ": ",
                  colour) +
            RefusalText(left.why) + "\n";
  }
  return text;
}

std::string AllPlansText(const RepairRun& run, bool colour) {
  std::string text;
  std::string root;
  for (const Plan& plan : run.plans) {
    if (plan.root.path != root) text.append("\n").append(ToPrintable(plan.root.path)).append("\n");
    root = plan.root.path;
    text += OnePlanText(plan, colour);
  }
  return text;
}

std::int64_t TotalBytes(const RepairRun& run) {
  std::int64_t total = 0;
  for (const std::int64_t bytes : run.backup_bytes) total += bytes;
  return total;
}

std::string OneResultText(const RepairResult& result, bool colour) {
  static constexpr std::string_view kSymbols[] = {"✅", "⚠️", "❌", "⚠️"};
  static constexpr Colour kColours[] = {Colour::kGreen, Colour::kYellow, Colour::kRed, Colour::kYellow};
  static constexpr std::string_view kWords[] = {"applied and verified", "refused", "failed", "rolled back"};
  const int index = static_cast<int>(result.outcome);
  std::string text = std::string(kSymbols[index]) + " " + result.repair + "  " + ToPrintable(result.subject_id) + "  " +
                     Paint(kColours[index], kWords[index], colour);
  if (!result.text.empty()) text += ": " + ToPrintable(result.text);
  if (!result.reason.empty()) text += " (" + result.reason + ")";
  return text + "\n";
}

}  // namespace

std::string Counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string PlanText(const RepairRun& run, bool colour) {
  const auto planned = static_cast<std::size_t>(
      std::count_if(run.plans.begin(), run.plans.end(), [](const Plan& plan) { return !plan.refusal; }));
  std::string text = RemarksText(run, colour);
  if (run.plans.empty()) return text + "Nothing to repair.\n";
  text += AllPlansText(run, colour) + "\n";
  text += Counted(planned, "repair") + " planned, " + std::to_string(run.plans.size() - planned) + " refused; " +
          ByteText(TotalBytes(run)) + " to back up first. Nothing has been changed.\n";
  if (planned > 0) text += "Run the same command with --apply to do it.\n";
  return text;
}

std::string ResultText(const RepairRun& run, const std::string& options, bool colour) {
  std::string text = RemarksText(run, colour);
  if (run.plans.empty()) return text + "Nothing to repair.\n";
  text += AllPlansText(run, colour) + "\n";
  for (const RepairResult& result : run.results) text += OneResultText(result, colour);
  const auto applied =
      static_cast<std::size_t>(std::count_if(run.results.begin(), run.results.end(), [](const RepairResult& result) {
        return result.outcome == Outcome::kApplied;
      }));
  text.append("\n");
  text += Counted(applied, "repair") + " of " + std::to_string(run.results.size()) + " applied.\n";
  if (run.journal.empty()) return text;
  text += "Journal: " + run.journal + "\n";
  const bool files = std::any_of(run.results.begin(), run.results.end(), [](const RepairResult& result) {
    return result.outcome == Outcome::kApplied && FindServiceRepair(result.repair) == nullptr;
  });
  if (files) text += "To take it all back: dgmo-agent undo " + run.journal + ToPrintable(options) + "\n";
  return text;
}

nlohmann::ordered_json RunJson(const RepairRun& run) {
  Json json;
  json["journal"] = run.journal.empty() ? Json(nullptr) : Json(run.journal);
  for (const char* list : {"plans", "results", "uncovered", "left_alone", "notes"}) json[list] = Json::array();
  for (const Plan& plan : run.plans) json["plans"].push_back(PlanToJson(plan));
  for (const RepairResult& result : run.results) json["results"].push_back(ResultToJson(result));
  for (const Finding& finding : run.uncovered) json["uncovered"].push_back(ToJson(finding));
  for (const LeftAlone& left : run.left_alone) {
    json["left_alone"].push_back(Json{{"code", left.finding.code},
                                      {"repair", left.finding.repair},
                                      {"root", ToUtf8(left.finding.root)},
                                      {"subject_id", ToUtf8(left.finding.subject_id)},
                                      {"reason", left.why.reason},
                                      {"text", ToUtf8(left.why.text)}});
  }
  for (const std::string& note : run.notes) json["notes"].push_back(ToUtf8(note));
  return json;
}

std::string UndoText(const UndoRun& run, bool colour) {
  std::string text;
  if (run.refusal) {
    text = Paint(Colour::kYellow, "Refused: ", colour) + RefusalText(*run.refusal) + "\n";
    for (const std::string& path : run.changed) text += "  changed: " + ToPrintable(path) + "\n";
    return text;
  }
  for (const std::string& path : run.restored) text += "  as before: " + ToPrintable(path) + "\n";
  for (const std::string& path : run.kept) text += "  newer, kept: " + ToPrintable(path) + "\n";
  return text + "Journal " + run.journal + " is taken back.\n";
}

nlohmann::ordered_json UndoJson(const UndoRun& run) {
  Json json{{"journal", run.journal},
            {"outcome", run.refusal ? "refused" : "undone"},
            {"reason", run.refusal ? run.refusal->reason : ""},
            {"text", run.refusal ? ToUtf8(run.refusal->text) : ""}};
  for (const char* list : {"restored", "changed", "kept"}) json[list] = Json::array();
  for (const std::string& path : run.restored) json["restored"].push_back(ToUtf8(path));
  for (const std::string& path : run.changed) json["changed"].push_back(ToUtf8(path));
  for (const std::string& path : run.kept) json["kept"].push_back(ToUtf8(path));
  return json;
}

}  // namespace fleet::agent
