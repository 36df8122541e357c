#include "agent/cli/check_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/critical_components.h"
#include "common/finding_json.h"
#include "common/rule_catalogue.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string Count(std::int64_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

std::string FirstSentence(std::string_view text) {
  const std::size_t end = text.find(". ");
  return std::string(end == std::string_view::npos ? text : text.substr(0, end + 1));
}

// Short where it can be: below the root that the findings are grouped by.
std::string PathBelowRoot(const Finding& finding) {
  const std::string prefix = finding.root + "/";
  if (finding.path.rfind(prefix, 0) == 0) return finding.path.substr(prefix.size());
  return finding.path == finding.root ? "." : finding.path;
}

std::string RepairText(const Finding& finding) {
  if (finding.repair.empty()) return "";
  // What this version lacks says so by name.
  if (finding.refusal.rfind(finding.repair, 0) == 0) return "Repair: " + finding.refusal + ".";
  if (!finding.refusal.empty()) return "Repair: " + finding.repair + ", refused now: " + finding.refusal + ".";
  return "Repair: " + finding.repair + (finding.auto_repair ? " (safe to do unasked)." : ".");
}

std::string FindingText(const Finding& finding, bool colour) {
  std::string text = "  ";
  text.append(SymbolOf(finding.severity)).append(" ");
  text += Paint(ColourOf(finding.severity), std::string(SeverityText(finding.severity)) + " " + finding.code, colour);
  text += "  " + ToPrintable(PathBelowRoot(finding)) + "\n";
  std::string explanation;
  if (const Rule* rule = FindRule(finding.code)) explanation = FirstSentence(rule->meaning);
  const std::string repair = RepairText(finding);
  if (!repair.empty()) explanation += " " + repair;
  return text + "       " + Paint(Colour::kDim, ToPrintable(explanation), colour) + "\n";
}

std::array<std::int64_t, kSeverities> CountBySeverity(const std::vector<Finding>& findings) {
  std::array<std::int64_t, kSeverities> counts{};
  for (const Finding& finding : findings) ++counts[static_cast<std::size_t>(finding.severity)];
  return counts;
}

// Several broken components at once: their common cause comes first.
std::string CorruptionText(const CheckReport& report) {
  const std::set<std::string> critical = CriticalComponents(report.findings);
  if (critical.size() < 2) return "";
  std::string components;
  for (const std::string& component : critical) components += (components.empty() ? "" : ", ") + component;
  return "System corruption: " + components +
         " are critical at once. Copy the data before any repair, then escalate.\n";
}

std::string SummaryText(const CheckReport& report) {
  std::int64_t sessions = 0;
  for (const CheckReport::RootSummary& root : report.roots) sessions += root.sessions;
  const std::string seen = Count(static_cast<std::int64_t>(report.roots.size()), "data root", "data roots") + ", " +
                           Count(sessions, "session", "sessions") + ", " + Count(report.files, "file", "files");
  const Health health = HealthOf(report);
  std::string text = std::string(HealthSymbol(health)) + " " + std::string(HealthText(health)) + ": ";
  if (report.findings.empty()) return text + "no finding in " + seen + "\n";
  text += Count(static_cast<std::int64_t>(report.findings.size()), "finding", "findings") + " (";
  const auto counts = CountBySeverity(report.findings);
  bool first = true;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    text += (first ? "" : ", ") + std::to_string(counts[i]) + " " + std::string(SeverityText(static_cast<Severity>(i)));
    first = false;
  }
  return text + ") in " + seen + "\n" + CorruptionText(report);
}

std::string UnknownText(const CheckReport& report) {
  constexpr std::size_t kMost = 5;
  if (report.unknown.empty()) return "";
  std::string text = "Could not be judged, so neither healthy nor at fault: ";
  std::size_t shown = 0;
  for (const std::string& place : report.unknown) {
    if (shown == kMost) break;
    text += (shown++ == 0 ? "" : ", ") + ToPrintable(place);
  }
  if (report.unknown.size() > kMost) text += " and " + std::to_string(report.unknown.size() - kMost) + " more";
  return text + "\n";
}

std::string NextText(const CheckReport& report) {
  if (report.findings.empty()) return "";
  const bool repairable = std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& finding) {
    return !finding.repair.empty() && finding.refusal.empty();
  });
  std::string text = "Next: ";
  if (repairable) text += "`dgmo-agent repair --plan` shows what would be repaired and changes nothing; ";
  return text + "`dgmo-agent explain " + report.findings.front().code + "` says more.\n";
}

struct QuickLine {
  std::string_view title;
  std::string_view component;
};

std::string QuickLineText(const CheckReport& report, const QuickLine& line, const std::string& when_fine) {
  std::int64_t count = 0;
  Severity worst = Severity::kP3;
  for (const Finding& finding : report.findings) {
    if (finding.component != line.component) continue;
    ++count;
    worst = std::min(worst, finding.severity);
  }
  std::string text(count == 0 ? HealthSymbol(Health::kHealthy) : SymbolOf(worst));
  text.append(" ").append(line.title).append(": ");
  if (count == 0) return text + when_fine + "\n";
  return text + Count(count, "finding", "findings") + ", worst " + std::string(SeverityText(worst)) + "\n";
}

}  // namespace

void AddHome(const HomeModel& home, std::vector<Finding> findings, CheckReport& report) {
  if (!home.home.path.empty()) report.searched.push_back(home.home.path);
  for (const RootModel& root : home.roots) {
    CheckReport::RootSummary summary{std::string(RootKindText(root.root.kind)), root.root.path, root.root.app,
                                     root.root.name, root.live};
    summary.sessions = static_cast<std::int64_t>(root.sessions.size());
    summary.sub_sessions = static_cast<std::int64_t>(root.records.size());
    for (const auto& [id, conversation] : root.conversations) summary.messages += conversation.messages;
    report.roots.push_back(std::move(summary));
    report.files += root.stats.files;
    report.bytes += root.stats.bytes;
    report.unread_messages += root.stats.unread;
  }
  report.unknown.insert(home.unknown.begin(), home.unknown.end());
  report.saw_qdrant = report.saw_qdrant || home.qdrant.has_value();
  std::move(findings.begin(), findings.end(), std::back_inserter(report.findings));
}

Health HealthOf(const CheckReport& report) {
  const auto counted = CountBySeverity(report.findings);
  std::int64_t counts[kSeverities];
  std::copy(counted.begin(), counted.end(), counts);
  return fleet::HealthOf(counts, false);
}

std::string_view SymbolOf(Severity severity) {
  if (severity == Severity::kP0) return HealthSymbol(Health::kEmergency);
  return HealthSymbol(severity == Severity::kP1 ? Health::kCritical : Health::kWarning);
}

std::string ReportText(const CheckReport& report, bool colour) {
  std::string text;
  struct Group {
    std::string_view root;
    std::string_view kind;
    std::string text;
  };
  std::vector<Group> groups;  // in the order of the first, hence worst, finding
  std::map<std::string_view, std::size_t> group_of;
  for (const Finding& finding : report.findings) {
    const auto [at, is_new] = group_of.try_emplace(finding.root, groups.size());
    if (is_new) groups.push_back({finding.root, "", ""});
    Group& group = groups[at->second];
    group.text += FindingText(finding, colour);
    if (group.kind.empty()) group.kind = finding.root_kind;
  }
  for (const Group& group : groups) {
    const std::string title = (group.kind.empty() ? "" : std::string(group.kind) + " ") + ToPrintable(group.root);
    text += Paint(Colour::kBold, title, colour) + "\n" + group.text + "\n";
  }
  if (report.roots.empty() && report.findings.empty()) {
    text += "no dgmo data found";
    for (const std::string& home : report.searched) text += " in " + ToPrintable(home);
    text += "; name a data root with --root, or another home with --home\n";
  }
  return text + SummaryText(report) + UnknownText(report) + NextText(report);
}

std::string QuickText(const CheckReport& report) {
  std::int64_t sessions = 0;
  std::int64_t sub_sessions = 0;
  for (const CheckReport::RootSummary& root : report.roots) {
    sessions += root.sessions;
    sub_sessions += root.sub_sessions;
  }
  const auto roots = static_cast<std::int64_t>(report.roots.size());
  return QuickLineText(report, {"App initialisation", "config"}, "configuration and app state can be read") +
         QuickLineText(report, {"Storage paths accessible", "storage"}, Count(roots, "data root", "data roots")) +
         QuickLineText(report, {"Session management", "sessions"}, Count(sessions, "session", "sessions")) +
         QuickLineText(report, {"Sub-session tracking", "sub-sessions"},
                       Count(sub_sessions, "sub-session", "sub-sessions")) +
         QuickLineText(report, {"Memory (Qdrant)", "qdrant"}, report.saw_qdrant ? "no fault" : "not looked at") +
         "Not looked at: what is in " + Count(report.unread_messages, "message", "messages") +
         ", backups, logs; `dgmo-agent check` looks at everything.\n";
}

nlohmann::ordered_json ReportJson(const CheckReport& report) {
  nlohmann::ordered_json json;
  json["status"] = HealthText(HealthOf(report));
  const std::set<std::string> critical = CriticalComponents(report.findings);
  json["system_corruption"] = critical.size() >= 2;
  json["critical_components"] = critical;
  json["roots"] = nlohmann::ordered_json::array();
  for (const CheckReport::RootSummary& root : report.roots) {
    json["roots"].push_back({{"kind", root.kind},
                             {"path", ToUtf8(root.path)},
                             {"app", ToUtf8(root.app)},
                             {"name", ToUtf8(root.name)},
                             {"live", root.live},
                             {"sessions", root.sessions},
                             {"messages", root.messages},
                             {"sub_sessions", root.sub_sessions}});
  }
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) json["findings"].push_back(ToJson(finding));
  json["unknown"] = nlohmann::ordered_json::array();
  for (const std::string& place : report.unknown) json["unknown"].push_back(ToUtf8(place));
  json["stats"] = {{"files", report.files},
                   {"bytes", report.bytes},
                   {"unread_messages", report.unread_messages},
                   {"seconds", report.seconds}};
  return json;
}

}  // namespace fleet::agent
