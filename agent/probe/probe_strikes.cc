#include "agent/probe/probe_strikes.h"

#include <algorithm>
#include <charconv>

namespace fleet::agent {

namespace {

constexpr std::string_view kVersion = "version ";
constexpr std::string_view kHung = "hung ";
constexpr std::string_view kDied = "died ";

// Takes the text up to the separator off its front.
std::string_view Take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return taken;
}

}  // namespace

ProbeStrikes ProbeStrikes::Parse(std::string_view text, std::string_view version, std::int64_t now_ms) {
  ProbeStrikes strikes;
  const std::string_view first = Take(text, '\n');
  if (first.substr(0, kVersion.size()) != kVersion || first.substr(kVersion.size()) != version) return strikes;
  while (!text.empty()) {
    std::string_view line = Take(text, '\n');
    const bool hung = line.substr(0, kHung.size()) == kHung;
    if (!hung && line.substr(0, kDied.size()) != kDied) continue;
    line.remove_prefix(kHung.size());
    const std::string_view digits = Take(line, ' ');
    std::int64_t ms = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || ms < 0 || line.empty()) continue;
    strikes.Add(line, hung, std::min(ms, now_ms));
  }
  return strikes;
}

std::string ProbeStrikes::Text(std::string_view version) const {
  std::string text = std::string(kVersion) + std::string(version) + "\n";
  for (const auto& [probe, strikes] : strikes_) {
    for (const Strike& strike : strikes) {
      text.append(strike.hung ? kHung : kDied).append(std::to_string(strike.ms)).append(" ").append(probe).append("\n");
    }
  }
  return text;
}

void ProbeStrikes::Add(std::string_view probe, bool hung, std::int64_t now_ms) {
  std::vector<Strike>& strikes = strikes_[std::string(probe)];
  strikes.push_back({now_ms, hung});
  std::stable_sort(strikes.begin(), strikes.end(), [](const Strike& a, const Strike& b) { return a.ms < b.ms; });
  if (strikes.size() > kMost) strikes.erase(strikes.begin());
}

std::int64_t ProbeStrikes::Count(std::string_view probe, std::int64_t now_ms) const {
  const auto found = strikes_.find(probe);
  if (found == strikes_.end()) return 0;
  return std::count_if(found->second.begin(), found->second.end(),
                       [&](const Strike& strike) { return now_ms - strike.ms < kLifeMs; });
}

bool ProbeStrikes::IsQuarantined(std::string_view probe, std::int64_t now_ms) const {
  if (Count(probe, now_ms) < static_cast<std::int64_t>(kLimit)) return false;
  return now_ms - strikes_.find(probe)->second.back().ms < kQuarantineMs;
}

std::vector<QuarantinedProbe> ProbeStrikes::Quarantined(std::int64_t now_ms) const {
  std::vector<QuarantinedProbe> probes;
  for (const auto& [probe, strikes] : strikes_) {
    if (!IsQuarantined(probe, now_ms)) continue;
    const Strike& last = strikes.back();
    probes.push_back({probe, Count(probe, now_ms), last.hung, last.ms, last.ms + kQuarantineMs});
  }
  return probes;
}

}  // namespace fleet::agent
