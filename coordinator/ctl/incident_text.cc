#include "coordinator/ctl/incident_text.h"

#include "common/rule_catalogue.h"
#include "common/time_text.h"
#include "common/utf8.h"
#include "coordinator/ctl/agent_text.h"
#include "coordinator/ctl/enum_text.h"

namespace fleet::coordinator {

namespace {

// The last two components: enough to tell files apart in a table; `incidents show` has the whole path.
std::string PlaceText(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) slash = path.rfind('/', slash - 1);
  return slash == std::string::npos || slash == 0 ? path : "…" + path.substr(slash);
}

}  // namespace

std::string UrgencyText(const v1::Incident& incident, std::int64_t now_ms) {
  if (incident.state() == v1::INCIDENT_STATE_RESOLVED) return "resolved " + AgoText(incident.resolved_ms(), now_ms);
  if (!incident.owner().empty()) {
    return incident.owner() + ", " + DurationText(incident.acknowledged_until_ms() - now_ms) + " more";
  }
  return TimeLeftText(incident.respond_by_ms(), now_ms);
}

std::string IncidentTableText(const google::protobuf::RepeatedPtrField<v1::Incident>& incidents, const Screen& screen) {
  ColouredTable table({"SEV", "STATE", "RESPONSE", "HOST", "CODE", "WHERE", "INCIDENT"});
  for (const v1::Incident& incident : incidents) {
    table.Add(
        ColourOfWire(incident.severity()),
        {Text(incident.severity()), Text(incident.state()), UrgencyText(incident, screen.now_ms), incident.host_name(),
         incident.finding().code(), PlaceText(incident.finding().path()), incident.incident_id()});
  }
  return table.Text(screen);
}

std::string IncidentText(const v1::Incident& incident, const Screen& screen) {
  const v1::Finding& finding = incident.finding();
  const std::string title = Text(incident.severity()) + " " + ToPrintable(finding.code()) + " on " +
                            ToPrintable(incident.host_name()) + ": " + Text(incident.state());
  std::string text = Paint(ColourOfWire(incident.severity()), title, screen.colour) + "\n";
  const auto line = [&text](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    std::string label = "  " + std::string(name);
    label.resize(14, ' ');
    text += label + ToPrintable(value) + "\n";
  };
  line("incident", incident.incident_id());
  if (incident.owner().empty()) {
    line("response", UrgencyText(incident, screen.now_ms) + " (due " + TimeText(incident.respond_by_ms()) + ")");
  } else {
    line("owner", incident.owner() + ", until " + TimeText(incident.acknowledged_until_ms()));
  }
  if (const Rule* rule = FindRule(finding.code())) line("meaning", rule->meaning);
  line("agent", incident.agent_id());
  line("component", finding.component());
  line("path", finding.path());
  line("subject", finding.subject_id());
  for (const auto& [name, value] : finding.evidence()) {
    line("evidence", name + " = " + (value.has_number() ? std::to_string(value.number()) : value.text()));
  }
  line("cure", CureText(finding));
  line("command", incident.command_id());
  text += "  timeline\n";
  for (const v1::IncidentEvent& event : incident.timeline()) {
    text += "    " + TimeText(event.at_ms()) + "  " + ToPrintable(event.what()) +
            (event.detail().empty() ? "" : ": " + ToPrintable(event.detail())) + "\n";
  }
  return text;
}

}  // namespace fleet::coordinator
