#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/core/rows.h"

namespace fleet::coordinator {

// What happens at a time that a row names. Timers are derived from rows, so a restart has the same ones.
enum class DueKind : std::uint8_t {
  kResponse,         // half of an incident's time to respond, or all of it, is over
  kEscalation,       // its next step is due
  kAcknowledgement,  // one runs out
  kNotice,           // is to be sent
  kCommandExpiry,
  kForgetIncident,
  kForgetDispatch
};

struct Due {
  std::int64_t at_ms = 0;
  DueKind kind = DueKind::kResponse;
  std::string id;
  std::int64_t number = 0;  // of a notice of the incident `id`
  auto operator<=>(const Due&) const = default;
};

// How long resolved incidents and ended dispatches are kept.
inline constexpr std::int64_t kKeepHistoryMs = std::int64_t{90} * 24 * 3600 * 1000;

// A command that began this long ago and has not ended is UNKNOWN until its result comes.
inline constexpr std::int64_t kLongestRunMs = 3'600'000;

// The one thing that a row waits for, if any.
std::optional<Due> DueOf(const IncidentRow& incident);
std::optional<Due> DueOf(const NoticeRow& notice);
std::optional<Due> DueOf(const CommandRow& command);
std::optional<Due> DueOf(const DispatchRow& dispatch);

}  // namespace fleet::coordinator
