#include "coordinator/ctl/agent_text.h"

#include "common/rule_catalogue.h"
#include "common/time_text.h"
#include "common/utf8.h"
#include "coordinator/ctl/command_text.h"
#include "coordinator/ctl/enum_text.h"

namespace fleet::coordinator {

namespace {

std::string FindingCounts(const v1::Agent& agent) {
  std::string text;
  for (int i = 0; i < agent.findings_by_severity_size() && i < kSeverities; ++i) {
    if (agent.findings_by_severity(i) == 0) continue;
    if (!text.empty()) text.append(" ");
    text.append(SeverityText(static_cast<Severity>(i)))
        .append(":")
        .append(std::to_string(agent.findings_by_severity(i)));
  }
  return text.empty() ? "-" : text;
}

std::string DrillText(const v1::Agent& agent, const Screen& screen) {
  if (!agent.has_last_drill()) return "never, or not reported";
  const v1::DrillFacts& drill = agent.last_drill();
  const std::int64_t acted = drill.passed() + drill.failed();
  return (drill.failed() == 0 ? "passed " : "FAILED ") + AgoText(drill.began_ms(), screen.now_ms) + " (" +
         std::to_string(drill.passed()) + " of " + std::to_string(acted) +
         (drill.skipped() > 0 ? ", " + std::to_string(drill.skipped()) + " left out)" : ")");
}

std::string FactsText(const v1::Agent& agent, const Screen& screen) {
  const auto line = [](std::string_view name, const std::string& value) {
    std::string text = "  " + std::string(name);
    text.resize(16, ' ');
    return text + ToPrintable(value) + "\n";
  };
  const std::string title = std::string(SymbolOf(agent.health())) + " " + ToPrintable(agent.host_name()) + "  " +
                            ToPrintable(agent.health()) + ", " + ToPrintable(agent.connectivity());
  std::string text = Paint(Colour::kBold, title, screen.colour) + "\n";
  text += line("agent", agent.agent_id());
  text += line("version", agent.agent_version());
  text += line("system", agent.os());
  text += line("first seen", TimeText(agent.first_seen_ms()));
  text += line("last heard", AgoText(agent.last_seen_ms(), screen.now_ms));
  text += line("holds", CountText(agent.sessions(), "session", "sessions") + ", " +
                            CountText(agent.messages(), "message", "messages"));
  text += line("last drill", DrillText(agent, screen));
  if (agent.omitted_findings() > 0) {
    text += line("not reported", CountText(agent.omitted_findings(), "less severe finding", "less severe findings"));
  }
  return text;
}

std::string FindingsText(const google::protobuf::RepeatedPtrField<v1::Finding>& findings, const Screen& screen) {
  if (findings.empty()) return "\nNo findings\n";
  std::string text = "\n";
  text.append(Paint(Colour::kBold, CountText(findings.size(), "finding", "findings"), screen.colour)).append("\n");
  for (const v1::Finding& finding : findings) {
    const std::string what = Text(finding.severity()) + "  " + ToPrintable(finding.code());
    text.append("  ").append(Paint(ColourOfWire(finding.severity()), what, screen.colour));
    text.append("  ").append(ToPrintable(finding.component())).append("\n");
    if (!finding.path().empty()) text.append("      ").append(ToPrintable(finding.path())).append("\n");
    if (const Rule* rule = FindRule(finding.code())) text.append("      ").append(rule->meaning).append("\n");
    text.append("      ").append(CureText(finding)).append("\n");
  }
  return text;
}

}  // namespace

std::string CureText(const v1::Finding& finding) {
  if (!finding.refusal().empty()) {
    const std::string repair = finding.repair().empty() ? "no repair now" : finding.repair() + " would be refused";
    return ToPrintable(repair + ": " + finding.refusal());
  }
  if (finding.repair().empty()) return "no repair: look at it by hand";
  return ToPrintable("repair " + finding.repair() + (finding.auto_() ? " (the agent does it by itself)" : ""));
}

std::string AgentTableText(const google::protobuf::RepeatedPtrField<v1::Agent>& agents, const Screen& screen) {
  ColouredTable table({"  ", "HOST", "HEALTH", "CONNECTION", "FINDINGS", "LAST HEARD", "AGENT"});
  for (const v1::Agent& agent : agents) {
    table.Add(ColourOfHealth(agent.health()),
              {std::string(SymbolOf(agent.health())), agent.host_name(), agent.health(), agent.connectivity(),
               FindingCounts(agent), AgoText(agent.last_seen_ms(), screen.now_ms), agent.agent_id()});
  }
  return table.Text(screen);
}

std::string AgentText(const v1::GetAgentResponse& answer, const Screen& screen) {
  std::string text = FactsText(answer.agent(), screen) + FindingsText(answer.findings(), screen);
  if (answer.commands_size() == 0) return text;
  return text + "\n" + Paint(Colour::kBold, "Last commands", screen.colour) + "\n" +
         CommandTableText(answer.commands(), screen);
}

}  // namespace fleet::coordinator
