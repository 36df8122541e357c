#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/cli/check_report.h"
#include "agent/cli/session_list.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kTitleBytes = 60;
constexpr std::size_t kDeepestIndent = 20;

std::string Shortened(const std::string& title) {
  if (title.size() <= kTitleBytes) return title;
  std::size_t end = kTitleBytes;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0U) == 0x80U) --end;
  return title.substr(0, end) + "...";
}

std::string MinuteText(std::int64_t ms) {
  if (ms == 0) return "-";
  std::string text = TimeText(ms).substr(0, 16);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::vector<std::string> Cells(const SessionRow& row, std::size_t depth) {
  const std::string indent(2 * std::min(depth, kDeepestIndent), ' ');
  const std::string symbol(row.worst ? SymbolOf(*row.worst) : HealthSymbol(Health::kHealthy));
  return {symbol,
          indent + row.id,
          MinuteText(row.created_ms),
          MinuteText(row.last_activity_ms),
          std::to_string(row.messages),
          std::to_string(row.sub_sessions),
          row.title.empty() ? "(no info file)" : Shortened(row.title),
          row.root};
}

nlohmann::ordered_json RowJson(const SessionRow& row) {
  nlohmann::ordered_json json;
  json["id"] = ToUtf8(row.id);
  json["title"] = nullptr;
  if (!row.title.empty()) json["title"] = ToUtf8(row.title);
  json["parent"] = nullptr;
  if (!row.parent.empty()) json["parent"] = ToUtf8(row.parent);
  json["created"] = row.created_ms;
  json["last_activity"] = row.last_activity_ms;
  json["messages"] = row.messages;
  json["sub_sessions"] = row.sub_sessions;
  json["health"] = !row.worst                    ? "healthy"
                   : *row.worst == Severity::kP0 ? "emergency"
                   : *row.worst == Severity::kP1 ? "critical"
                                                 : "warning";
  json["root"] = ToUtf8(row.root);
  return json;
}

}  // namespace

std::string SessionsText(const std::vector<SessionRow>& rows, bool tree) {
  if (rows.empty()) return "no session\n";
  Table table({"", "SESSION", "CREATED", "LAST ACTIVITY", "MESSAGES", "SUB-SESSIONS", "TITLE", "ROOT"});
  if (tree) {
    for (const TreeRow& row : ArrangeAsTree(rows)) table.Add(Cells(rows[row.session], row.depth));
  } else {
    for (const SessionRow& row : rows) table.Add(Cells(row, 0));
  }
  return table.Text();
}

// The tree stays a flat list with depths: as deep as sessions can be, a nested document could not be read back.
nlohmann::ordered_json SessionsJson(const std::vector<SessionRow>& rows, bool tree) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  if (tree) {
    for (const TreeRow& row : ArrangeAsTree(rows)) {
      list.push_back(RowJson(rows[row.session]));
      list.back()["depth"] = row.depth;
    }
  } else {
    for (const SessionRow& row : rows) list.push_back(RowJson(row));
  }
  return {{"sessions", list}};
}

}  // namespace fleet::agent
