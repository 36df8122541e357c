#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/agent_facts.h"

namespace fleet::agent {

// Which probes killed or hung the agent, and when: two strikes within a week put a probe into quarantine for a day.
// When the day is over it may try again; a third strike costs another day. Pure; times are wall clock.
class ProbeStrikes {
 public:
  static constexpr std::int64_t kLifeMs = 7 * 86'400'000LL;    // of a strike
  static constexpr std::int64_t kQuarantineMs = 86'400'000LL;  // from the last strike
  static constexpr std::size_t kLimit = 2;

  // Reads what Text wrote. Strikes of another version of the agent are gone, those in the future are of now (the clock
  // was set back), and lines that make no sense are left out: a damaged record costs strikes, never a start.
  static ProbeStrikes Parse(std::string_view text, std::string_view version, std::int64_t now_ms);
  std::string Text(std::string_view version) const;

  void Add(std::string_view probe, bool hung, std::int64_t now_ms);
  bool IsQuarantined(std::string_view probe, std::int64_t now_ms) const;
  std::vector<QuarantinedProbe> Quarantined(std::int64_t now_ms) const;  // by name
  std::int64_t Count(std::string_view probe, std::int64_t now_ms) const;

 private:
  struct Strike {
    std::int64_t ms = 0;
    bool hung = false;
  };
  static constexpr std::size_t kMost = 8;  // of one probe that are kept

  std::map<std::string, std::vector<Strike>, std::less<>> strikes_;  // oldest first
};

}  // namespace fleet::agent
