#include "agent/backup/retention.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

constexpr std::int64_t kDay = std::int64_t{24} * 3'600'000;
constexpr std::int64_t kNow = 100 * kDay;

using Names = std::vector<std::string>;

KeptArchive Archive(const std::string& name, std::int64_t days_old, bool good = true,
                    std::set<std::string> needs = {}) {
  return {.name = name, .made_ms = kNow - days_old * kDay, .good = good, .needs = std::move(needs)};
}

struct Case {
  const char* what;
  std::vector<KeptArchive> archives;
  LastRun run;
  RetentionLimits limits;
  Names deleted;
};

TEST(Retention, DecidesByTheTable) {
  const LastRun fine{.complete = true, .shrunken = false};
  const RetentionLimits usual;
  const RetentionLimits two{.age_ms = 30 * kDay, .most = 2, .fewest_good = 1};
  const Case cases[] = {
      {"nothing there", {}, fine, usual, {}},
      {"young ones stay", {Archive("a", 1), Archive("b", 29), Archive("c", 30)}, fine, usual, {}},
      {"old ones go",
       {Archive("a", 1), Archive("b", 2), Archive("c", 3), Archive("d", 31), Archive("e", 40)},
       fine,
       usual,
       {"d", "e"}},
      {"the three newest good ones stay, however old",
       {Archive("a", 50), Archive("b", 60), Archive("c", 70), Archive("d", 80)},
       fine,
       usual,
       {"d"}},
      {"bad ones do not count as good",
       {Archive("bad", 50, false), Archive("a", 60), Archive("b", 70), Archive("c", 80), Archive("d", 90)},
       fine,
       usual,
       {"bad", "d"}},
      {"the only good one stays", {Archive("bad", 40, false), Archive("good", 90)}, fine, usual, {"bad"}},
      {"more than the limit go, the oldest first out",
       {Archive("a", 1), Archive("b", 2), Archive("c", 3)},
       fine,
       two,
       {"c"}},
      {"what a kept one needs stays",
       {Archive("inc", 1, true, {"full"}), Archive("x", 40), Archive("y", 41), Archive("z", 42), Archive("full", 60)},
       fine,
       usual,
       {"z"}},
      {"what only a deleted one needs goes after it",
       {Archive("a", 1), Archive("b", 2), Archive("c", 3), Archive("inc", 40, true, {"full"}), Archive("full", 60)},
       fine,
       usual,
       {"inc", "full"}},
      {"nothing after a run that left files out",
       {Archive("a", 1), Archive("b", 2), Archive("c", 3), Archive("d", 90)},
       {.complete = false, .shrunken = false},
       usual,
       {}},
      {"nothing after a shrunken run",
       {Archive("a", 1), Archive("b", 2), Archive("c", 3), Archive("d", 90)},
       {.complete = true, .shrunken = true},
       usual,
       {}},
  };
  for (const Case& c : cases) EXPECT_EQ(ArchivesToDelete(c.archives, c.run, kNow, c.limits), c.deleted) << c.what;
}

TEST(Retention, EveryBeginningOfADeletionLeavesWholeArchives) {
  std::vector<KeptArchive> archives = {Archive("n1", 1), Archive("n2", 2), Archive("n3", 3)};
  for (int i = 0; i < 20; ++i) {
    std::set<std::string> needs;
    for (int j = i + 1; j < 20; j += 3) needs.insert("o" + std::to_string(j));
    archives.push_back(Archive("o" + std::to_string(i), 40 + i, true, needs));
  }
  const Names deleted = ArchivesToDelete(archives, {.complete = true, .shrunken = false}, kNow);
  EXPECT_EQ(deleted.size(), 20U);
  std::set<std::string> there;
  for (const KeptArchive& archive : archives) there.insert(archive.name);
  for (const std::string& name : deleted) {
    there.erase(name);
    for (const KeptArchive& archive : archives) {
      if (!there.contains(archive.name)) continue;
      for (const std::string& need : archive.needs)
        EXPECT_TRUE(there.contains(need)) << archive.name << " needs " << need;
    }
  }
}

}  // namespace
}  // namespace fleet::agent
