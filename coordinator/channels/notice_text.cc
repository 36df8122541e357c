#include "coordinator/channels/notice_text.h"

#include <nlohmann/json.hpp>

#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::coordinator {

nlohmann::ordered_json NoticeJson(const Notice& notice) {
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const std::string& line : notice.lines) lines.push_back(ToUtf8(line));
  return {{"id", notice.id},
          {"kind", NoticeKindText(notice.kind)},
          {"incident_id", notice.incident_id},
          {"severity", SeverityText(notice.severity)},
          {"code", ToUtf8(notice.code)},
          {"agent_id", ToUtf8(notice.agent_id)},
          {"host_name", ToUtf8(notice.host_name)},
          {"subject", ToUtf8(notice.subject)},
          {"lines", std::move(lines)},
          {"owner", ToUtf8(notice.owner)},
          {"link", notice.link},
          {"thread", ToUtf8(notice.thread)},
          {"opened_ms", notice.opened_ms},
          {"at_ms", notice.at_ms},
          {"respond_by_ms", notice.respond_by_ms}};
}

namespace {

std::string Title(const Notice& notice) {
  const std::string subject = ToPrintable(notice.subject);
  switch (notice.kind) {
    case NoticeKind::kOpened: return subject;
    case NoticeKind::kReminder: return subject + ": still open";
    case NoticeKind::kChanged: return subject + ": changed";
    case NoticeKind::kClosed: return subject + ": over";
  }
  return subject;
}

}  // namespace

std::string NoticeText(const Notice& notice) {
  std::string text = Title(notice) + "\n";
  for (const std::string& line : notice.lines) text += ToPrintable(line) + "\n";
  if (notice.respond_by_ms > 0) text += "A response is due by " + TimeText(notice.respond_by_ms) + ".\n";
  if (!notice.owner.empty()) text += "Taken on by " + ToPrintable(notice.owner) + ".\n";
  if (!notice.link.empty()) text += notice.link + "\n";
  return text;
}

}  // namespace fleet::coordinator
