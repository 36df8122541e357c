#include "coordinator/ctl/overview_text.h"

#include "common/time_text.h"
#include "coordinator/ctl/agent_text.h"
#include "coordinator/ctl/enum_text.h"
#include "coordinator/ctl/incident_text.h"

namespace fleet::coordinator {

namespace {

std::int64_t CountOf(const google::protobuf::Map<std::string, std::int64_t>& counts, std::string_view name) {
  const auto entry = counts.find(std::string(name));
  return entry == counts.end() ? 0 : entry->second;
}

std::string HealthLine(const v1::Overview& overview, const Screen& screen) {
  std::string line;
  for (int i = 0; i <= static_cast<int>(Health::kEmergency); ++i) {
    const std::string_view name = HealthText(static_cast<Health>(i));
    const std::int64_t count = CountOf(overview.agents_by_health(), name);
    const std::string part = std::string(name) + " " + std::to_string(count);
    line += (i == 0 ? "  " : "   ") + std::string(SymbolOf(name)) + " " +
            Paint(count == 0 ? Colour::kDim : ColourOfHealth(name), part, screen.colour);
  }
  return line + "\n";
}

std::string ConnectivityLine(const v1::Overview& overview) {
  std::string line;
  for (const std::string_view name : {"online", "stale", "offline"}) {
    line += (line.empty() ? "  " : "   ") + std::string(name) + " " +
            std::to_string(CountOf(overview.agents_by_connectivity(), name));
  }
  return line + "\n";
}

std::string SeverityLine(const v1::Overview& overview, const Screen& screen) {
  std::string line;
  for (int i = 0; i < overview.incidents_by_severity_size() && i < kSeverities; ++i) {
    const auto severity = static_cast<Severity>(i);
    const std::int64_t count = overview.incidents_by_severity(i);
    const std::string part = std::string(SeverityText(severity)) + " " + std::to_string(count);
    line += (i == 0 ? "  " : "   ") + Paint(count == 0 ? Colour::kDim : ColourOf(severity), part, screen.colour);
  }
  if (overview.overdue_incidents() > 0) {
    line += "   " + Paint(Colour::kRed, std::to_string(overview.overdue_incidents()) + " overdue", screen.colour);
  }
  return line + "\n";
}

}  // namespace

std::string OverviewText(const v1::Overview& overview, const Screen& screen) {
  const Screen then{screen.colour, overview.at_ms()};  // time left by the coordinator's clock
  std::string text;
  const auto title = [&](const std::string& line) { text.append(Paint(Colour::kBold, line, screen.colour)); };
  title(CountText(overview.agents(), "machine", "machines"));
  text.append("  (").append(TimeText(overview.at_ms())).append(")\n");
  text.append(HealthLine(overview, screen)).append(ConnectivityLine(overview)).append("\n");
  title(CountText(overview.open_incidents(), "open incident", "open incidents"));
  text.append("\n").append(SeverityLine(overview, screen));
  if (overview.running_commands() > 0) {
    text.append("  ").append(CountText(overview.running_commands(), "command", "commands")).append(" under way\n");
  }
  if (overview.worst_agents_size() > 0) {
    title("\nWorst machines\n");
    text.append(AgentTableText(overview.worst_agents(), then));
  }
  if (overview.incidents_size() > 0) {
    title("\nRespond to first\n");
    text.append(IncidentTableText(overview.incidents(), then));
  }
  const std::int64_t more = overview.open_incidents() - overview.incidents_size();
  if (more > 0) text.append("  ... and ").append(std::to_string(more)).append(" more: dgmoctl incidents list\n");
  return text;
}

}  // namespace fleet::coordinator
