#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fleet::agent {

// How long the agent keeps what repairs left behind: journals with their backups, records, and the quarantine.
inline constexpr std::int64_t kRetentionMs = std::int64_t{90} * 24 * 3'600'000;

// Something of one run that is past its time.
struct ExpiredState {
  std::string path;  // absolute; a folder with all that is in it, or a file
  std::int64_t bytes = 0;
};

// In the state folder, the oldest first. A run is as old as its name says. Journals of runs that are not finished, or
// cannot be read, are never among them, nor is what these put into quarantine. Changes nothing.
std::vector<ExpiredState> FindExpiredState(const std::string& state, std::int64_t now_ms);

// Removes it; false when some of it stays.
bool RemoveExpiredState(const ExpiredState& expired);

}  // namespace fleet::agent
