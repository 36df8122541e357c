#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace fleet::agent {

// How long archives of sessions are kept (catalogue: "Format").
struct RetentionLimits {
  std::int64_t age_ms = std::int64_t{30} * 24 * 3'600'000;
  std::size_t most = 100;
  std::size_t fewest_good = 3;
};

// An archive as far as its retention goes.
struct KeptArchive {
  std::string name;
  std::int64_t made_ms = 0;
  bool good = false;
  std::set<std::string> needs;  // names of earlier archives that it is not whole without
};

// What the last run did: after one that failed, left files out or shrank, nothing is deleted.
struct LastRun {
  bool complete = false;
  bool shrunken = false;
};

// Whether a run saved so much less than the one before that something must have gone wrong. In files. Pure.
inline bool IsShrunken(std::size_t before, std::size_t now) { return now * 2 < before; }

// The archives to delete, in the order to delete them: none before what needs it, so that being interrupted leaves only
// whole ones. An archive that a kept one needs is kept, whatever its age; so are the newest good ones. A bad one is
// evidence and goes by its age like the rest. Pure.
std::vector<std::string> ArchivesToDelete(std::vector<KeptArchive> archives, const LastRun& run, std::int64_t now_ms,
                                          const RetentionLimits& limits = {});

}  // namespace fleet::agent
