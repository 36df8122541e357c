#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// dgmo's identifiers (catalogue: "Identifiers"): a prefix, 12 hex digits that hold the low 36 bits of the time in ms
// and a counter, 14 characters of base 62. Session ids hold the complement, so that newer ones sort first.
bool IsWellFormedId(std::string_view id);                           // ses, msg, usr or chk
bool IsWellFormedId(std::string_view id, std::string_view prefix);  // that prefix, such as "ses"

struct IdTime {
  std::int64_t ms_in_epoch = 0;  // the time modulo 2^36 ms
  std::int32_t counter = 0;
};
// nullopt when the id is not well formed.
std::optional<IdTime> DecodeId(std::string_view id);

// After so long the time in ids begins anew, and with it their order: some 795 days.
inline constexpr std::int64_t kIdEpochMs = std::int64_t{1} << 36;

// The full time: of all epochs (2^36 ms, some 795 days) the one that lies nearest to the reference.
std::int64_t NearestTime(std::int64_t ms_in_epoch, std::int64_t reference_ms);

// Both in one; nullopt when the id is not well formed.
std::optional<std::int64_t> IdTimeMs(std::string_view id, std::int64_t reference_ms);

// For demonstration stores and tests: an id with this prefix, time and counter; `tail` is its last 14 characters.
std::string MakeId(std::string_view prefix, std::int64_t ms, std::int32_t counter, std::string_view tail);

}  // namespace fleet::agent
