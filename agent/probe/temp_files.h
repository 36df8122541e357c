#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/root.h"

namespace fleet::agent {

// Something in a temporary place whose name tells that dgmo or a helper of it left it there.
struct TempEntry {
  std::string path;  // absolute
  EntryType type = EntryType::kFile;
  std::int64_t size = 0;  // of the entry itself
  std::int64_t mtime_ms = 0;
  std::uint32_t owner = 0;
  std::vector<int> users;  // processes that have it, or something in it, open or as working directory
};

// Looks into the folders that dgmo and its helpers use: the system's temporary folders, $TMPDIR, and the cache and
// state folders of the home (catalogue: "check-temp-dirs"). One level deep each; folders that are not there or cannot
// be listed are left out. Changes nothing. Any thread.
std::vector<TempEntry> FindTempEntries(const Home& home);

// The same for the folders given: the part that does not depend on this machine.
std::vector<TempEntry> FindTempEntriesIn(const std::vector<std::string>& whole,
                                         const std::vector<std::string>& by_name);

}  // namespace fleet::agent
