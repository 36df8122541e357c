#include "coordinator/ctl/notice_text.h"

#include "common/time_text.h"

namespace fleet::coordinator {

namespace {

namespace v1 = ::dgmo::fleet::v1;

// "delivered 3 min ago", "waits, next try in 40 s", "dead since 2 h"
std::string StateText(const v1::Notice& notice, std::int64_t now_ms) {
  if (notice.ended_ms() > 0) return notice.state() + " " + AgoText(notice.ended_ms(), now_ms);
  if (notice.due_ms() == 0) return "waits for an earlier one";
  return notice.due_ms() > now_ms ? "next try in " + DurationText(notice.due_ms() - now_ms) : "being sent";
}

}  // namespace

std::string NoticeTableText(const google::protobuf::RepeatedPtrField<v1::Notice>& notices, const Screen& screen) {
  ColouredTable table({"CHANNEL", "NOTICE", "STATE", "TRIES", "ABOUT", "ANSWER", "INCIDENT"});
  for (const v1::Notice& notice : notices) {
    const Colour colour = notice.state() == "dead" ? Colour::kRed : Colour::kNone;
    table.Add(colour, {notice.channel(), notice.kind(), StateText(notice, screen.now_ms),
                       std::to_string(notice.attempts()), notice.subject(), notice.detail(), notice.incident_id()});
  }
  return table.Text(screen);
}

}  // namespace fleet::coordinator
