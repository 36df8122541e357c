#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/finding.h"

namespace fleet::coordinator {

// Why somebody is told about an incident. Every kOpened that a channel has taken is followed by one kClosed on it.
enum class NoticeKind : std::uint8_t {
  kOpened,    // somebody has to respond
  kReminder,  // nobody has, and time runs out or is over
  kChanged,   // its severity, owner or state is another one
  kClosed,    // nobody has to any more
};

inline constexpr int kNoticeKinds = 4;
inline std::string_view NoticeKindText(NoticeKind kind) {
  static constexpr std::string_view kTexts[kNoticeKinds] = {"opened", "reminder", "changed", "closed"};
  return kTexts[static_cast<int>(kind)];
}

// One message to one channel. It holds nothing that may not be shown: no secrets, no text of a conversation.
struct Notice {
  std::string id;  // the idempotency key: the same at every attempt, another one for every notice
  NoticeKind kind = NoticeKind::kOpened;
  std::string incident_id;  // what ties the notices of one incident together
  Severity severity = Severity::kP3;
  std::string code;  // of the finding, such as "SESSION_JSON_EMPTY"
  std::string agent_id;
  std::string host_name;
  std::string subject;             // one line: "P1 SESSION_JSON_EMPTY on ws-17"
  std::vector<std::string> lines;  // what happened and what to do next, a sentence each
  std::string owner;               // who has acknowledged it; empty: nobody
  std::string link;                // a page about it; empty: none
  std::int64_t opened_ms = 0;
  std::int64_t at_ms = 0;          // when it was decided
  std::int64_t respond_by_ms = 0;  // 0: no clock runs
  // What the channel gave back for an earlier notice of the incident, such as the number of an issue; empty: nothing.
  std::string thread;

  bool operator==(const Notice&) const = default;
};

// How one attempt to deliver a notice ended.
struct Delivery {
  enum class Outcome : std::uint8_t {
    kDelivered,
    kAgain,    // it was not taken, or nobody knows; the same notice may be sent again later
    kRefused,  // sending the same again changes nothing: a person has to look
  };
  Outcome outcome = Outcome::kAgain;
  std::string thread;  // for later notices of the incident on this channel; empty: as before
  std::string detail;  // one sentence for people, without secrets: what was answered, or what went wrong
  std::optional<std::chrono::milliseconds> retry_after;  // the receiver's own wish
};

}  // namespace fleet::coordinator
