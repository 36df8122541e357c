#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The reports of drills that an agent keeps in its state folder, a file each: <state>/drills/drill_<UTC>.json. Blocks
// on the disk; one thread.

// What a kept report came to.
struct PastDrill {
  std::int64_t began_ms = 0;
  bool full = false;  // those that take longer too
  std::int64_t passed = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::vector<std::string> failures = {};  // ids of the drills
  std::string path = {};                   // of the report
};

// Keeps a report, JSON as the command prints it, and removes those that are older than 90 days.
absl::Status KeepDrill(const std::string& state, std::string_view report, std::int64_t began_ms);

// Newest first. What cannot be read is left out.
std::vector<PastDrill> PastDrills(const std::string& state);

// The newest only, which costs one file. Nullopt: there is none.
std::optional<PastDrill> LastDrill(const std::string& state);

// When the next one is due, after those that were: the quick ones every day, all of them every week; never before
// `earliest_ms`. Pure.
struct DueDrill {
  std::int64_t at_ms = 0;
  bool full = false;
};
DueDrill NextDrill(const std::vector<PastDrill>& past, std::int64_t earliest_ms);

}  // namespace fleet::agent
