#include "agent/cli/drill_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

// The guide's scale.
constexpr double kGood = 0.9;
constexpr double kFair = 0.7;

std::string_view SymbolOf(DrillOutcome outcome) {
  if (outcome == DrillOutcome::kPass) return "✅";
  return outcome == DrillOutcome::kFail ? "❌" : "➖";
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string Took(std::int64_t ms) { return ms < 1'000 ? std::to_string(ms) + " ms" : DurationText(ms); }

std::string Achieved(const DrillReport::Entry& entry) {
  const DrillResult& result = entry.result;
  const Objective& objective = entry.drill->objective;
  std::string text;
  if (result.rto_ms) text += "recovered in " + Took(*result.rto_ms) + " of " + DurationText(objective.rto_ms);
  if (result.rpo_ms) {
    text += (text.empty() ? "" : ", ") + std::string("lost ") + Took(*result.rpo_ms) + " of " +
            DurationText(objective.rpo_ms);
  }
  if (result.integrity) text += (text.empty() ? "" : ", ") + std::string("integrity ") + Number(*result.integrity);
  return text;
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : ToUtf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string Verdict(double integrity) { return integrity >= kGood ? "good" : integrity >= kFair ? "fair" : "poor"; }

std::string Summary(const DrillReport& report) {
  std::string text = std::to_string(report.Count(DrillOutcome::kPass)) + " passed, " +
                     std::to_string(report.Count(DrillOutcome::kFail)) + " failed, " +
                     std::to_string(report.Count(DrillOutcome::kSkip)) + " skipped in " + Took(report.duration_ms);
  if (const auto integrity = report.Integrity()) {
    text += "; integrity " + Number(*integrity) + " (" + Verdict(*integrity) + ")";
  }
  return text;
}

}  // namespace

std::string DrillText(const DrillReport& report) {
  std::string text;
  for (const DrillReport::Entry& entry : report.entries) {
    text.append(SymbolOf(entry.result.outcome)).append(" ").append(OutcomeText(entry.result.outcome));
    text.append(" ").append(entry.drill->id).append(" ").append(entry.drill->title);
    text += ": " + ToPrintable(entry.result.text) + "\n";
    const std::string achieved = Achieved(entry);
    if (!achieved.empty()) text += "        " + achieved + (entry.within_objective() ? "" : ": not good enough") + "\n";
  }
  return text + Summary(report) + "\n";
}

nlohmann::ordered_json DrillJson(const DrillReport& report) {
  Json json;
  json["timestamp"] = TimeText(report.began_ms);
  json["began_ms"] = report.began_ms;
  json["framework_version"] = FLEET_VERSION;
  json["duration_ms"] = report.duration_ms;
  json["total"] = report.entries.size();
  json["passed"] = report.Count(DrillOutcome::kPass);
  json["failed"] = report.Count(DrillOutcome::kFail);
  json["skipped"] = report.Count(DrillOutcome::kSkip);
  json["test_results"] = Json::object();
  json["integrity_scores"] = Json::object();
  for (const DrillReport::Entry& entry : report.entries) {
    const DrillResult& result = entry.result;
    const auto optional = [](const auto& value) { return value ? Json(*value) : Json(); };
    const std::string id(entry.drill->id);
    json["test_results"][id] = {{"result", OutcomeText(result.outcome)},
                                {"duration", static_cast<double>(result.duration_ms) / 1000},
                                {"title", entry.drill->title},
                                {"text", ToUtf8(result.text)},
                                {"disaster", entry.drill->objective.disaster},
                                {"achieved_rto_ms", optional(result.rto_ms)},
                                {"objective_rto_ms", entry.drill->objective.rto_ms},
                                {"achieved_rpo_ms", optional(result.rpo_ms)},
                                {"objective_rpo_ms", entry.drill->objective.rpo_ms},
                                {"within_objective", entry.within_objective()}};
    if (result.integrity) json["integrity_scores"][id] = *result.integrity;
  }
  const auto integrity = report.Integrity();
  json["integrity"] = integrity ? Json(*integrity) : Json();
  return json;
}

std::string DrillHtml(const DrillReport& report) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Recovery drills</title>\n"
      "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
      "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem;border-bottom:1px solid #8884;"
      "vertical-align:top}.PASS{color:#187a2f}.FAIL{color:#b3261e}.SKIP{color:#666}"
      "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}.PASS{color:#6fcf83}.FAIL{color:#ff8a80}"
      ".SKIP{color:#aaa}}</style></head><body>\n<h1>Recovery drills</h1>\n<p>" +
      TimeText(report.began_ms) + ", dgmo-agent " FLEET_VERSION "<br>" + Escaped(Summary(report)) +
      "</p>\n<table><thead><tr><th>Drill</th><th>Result</th><th>What was shown</th><th>Achieved</th></tr></thead>"
      "<tbody>\n";
  for (const DrillReport::Entry& entry : report.entries) {
    const std::string outcome(OutcomeText(entry.result.outcome));
    html += "<tr><td>" + Escaped(entry.drill->id) + " " + Escaped(entry.drill->title) + "</td><td class=\"" + outcome +
            "\">" + outcome + "</td><td>" + Escaped(entry.result.text) + "</td><td>" + Escaped(Achieved(entry)) +
            "</td></tr>\n";
  }
  return html + "</tbody></table>\n</body></html>\n";
}

}  // namespace fleet::agent
