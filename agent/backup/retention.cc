#include "agent/backup/retention.h"

#include <algorithm>
#include <utility>

namespace fleet::agent {

std::vector<std::string> ArchivesToDelete(std::vector<KeptArchive> archives, const LastRun& run, std::int64_t now_ms,
                                          const RetentionLimits& limits) {
  if (!run.complete || run.shrunken) return {};
  std::sort(archives.begin(), archives.end(), [](const KeptArchive& a, const KeptArchive& b) {
    return std::pair(b.made_ms, b.name) < std::pair(a.made_ms, a.name);
  });
  std::set<std::string> kept;
  std::size_t good = 0;
  for (std::size_t i = 0; i < archives.size(); ++i) {
    const KeptArchive& archive = archives[i];
    const bool young = i < limits.most && now_ms - archive.made_ms <= limits.age_ms;
    const bool among_newest_good = archive.good && good++ < limits.fewest_good;
    // What an archive needs was made before it: it comes later here.
    if (!young && !among_newest_good && !kept.contains(archive.name)) continue;
    kept.insert(archive.name);
    kept.insert(archive.needs.begin(), archive.needs.end());
  }
  std::vector<std::string> names;
  for (const KeptArchive& archive : archives) {
    if (!kept.contains(archive.name)) names.push_back(archive.name);
  }
  return names;
}

}  // namespace fleet::agent
