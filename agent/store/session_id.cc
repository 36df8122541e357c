#include "agent/store/session_id.h"

#include <cstddef>

namespace fleet::agent {

namespace {

constexpr std::uint64_t kLow48 = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kPrefix = 4;  // "ses_"
constexpr std::size_t kHex = 12;
constexpr std::size_t kTail = 14;

bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool IsBase62(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool IsWellFormedId(std::string_view id) {
  if (id.size() != kPrefix + kHex + kTail || id[3] != '_') return false;
  const std::string_view prefix = id.substr(0, 3);
  if (prefix != "ses" && prefix != "msg" && prefix != "usr" && prefix != "chk") return false;
  for (std::size_t i = kPrefix; i < kPrefix + kHex; ++i) {
    if (!IsHex(id[i])) return false;
  }
  for (std::size_t i = kPrefix + kHex; i < id.size(); ++i) {
    if (!IsBase62(id[i])) return false;
  }
  return true;
}

bool IsWellFormedId(std::string_view id, std::string_view prefix) {
  return IsWellFormedId(id) && id.substr(0, 3) == prefix;
}

std::optional<IdTime> DecodeId(std::string_view id) {
  if (!IsWellFormedId(id)) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = kPrefix; i < kPrefix + kHex; ++i) {
    const char c = id[i];
    value = value << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  if (id.substr(0, 3) == "ses") value = ~value & kLow48;
  return IdTime{static_cast<std::int64_t>(value >> 12), static_cast<std::int32_t>(value & 0xFFF)};
}

std::int64_t NearestTime(std::int64_t ms_in_epoch, std::int64_t reference_ms) {
  const std::int64_t distance = reference_ms - ms_in_epoch;
  std::int64_t epochs = distance / kIdEpochMs;
  const std::int64_t rest = distance - epochs * kIdEpochMs;
  if (rest > kIdEpochMs / 2) ++epochs;
  if (rest < -kIdEpochMs / 2) --epochs;
  return ms_in_epoch + (epochs < 0 ? 0 : epochs) * kIdEpochMs;
}

std::optional<std::int64_t> IdTimeMs(std::string_view id, std::int64_t reference_ms) {
  const std::optional<IdTime> time = DecodeId(id);
  if (!time) return std::nullopt;
  return NearestTime(time->ms_in_epoch, reference_ms);
}

std::string MakeId(std::string_view prefix, std::int64_t ms, std::int32_t counter, std::string_view tail) {
  std::uint64_t value = (static_cast<std::uint64_t>(ms) << 12) + static_cast<std::uint64_t>(counter);
  if (prefix == "ses") value = ~value;
  value &= kLow48;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id(prefix);
  id += '_';
  for (int shift = 44; shift >= 0; shift -= 4) id += kDigits[value >> shift & 15];
  id += tail;
  return id;
}

}  // namespace fleet::agent
