#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

// D15: names that other systems and languages bring along.
absl::StatusOr<DrillResult> DrillPlatform(Sandbox& sandbox) {
  const std::string slugs[] = {"mnt-c-Users-mira-src-app", "with blanks in it", "caf\xC3\xA9-\xE6\x97\xA5\xE6\x9C\xAC",
                               std::string(255, 'n')};
  const Stopwatch watch(sandbox.clock());
  Files before;
  for (const std::string& slug : slugs) {
    SandboxStore store = sandbox.AddStore(slug);
    const std::string parent = store.AddSession("Parent");
    const std::string child = store.AddSession("Agent", 1, parent);
    store.WriteIndex(parent, {});
    ASSIGN_OR_RETURN(const std::vector<Finding> found, sandbox.Check());
    if (!Has(found, "INDEX_MISSING_ENTRY")) {
      return DrillResult::Failed("in a store called " + slug + " a lost entry was not found");
    }
    RETURN_IF_ERROR(sandbox.Repair().status());
    if (store.Index(parent) != std::vector<std::string>{child}) {
      return DrillResult::Failed("in a store called " + slug + " the index was not repaired");
    }
    before = FilesBelow(store.root());
    RETURN_IF_ERROR(sandbox.BackUp(/*full=*/true).status());
    RETURN_IF_ERROR(sandbox.TakeAway(store.root() + "/storage/session"));
    ASSIGN_OR_RETURN(const RestoreRun run, sandbox.Restore());
    if (run.refusal) return DrillResult::Failed("the restore was refused: " + run.refusal->text);
    if (ShareKept(before, FilesBelow(store.root())) < 1) {
      return DrillResult::Failed("a store called " + slug + " did not come back as it was");
    }
    RETURN_IF_ERROR(sandbox.TakeAway(store.root()));
    RETURN_IF_ERROR(sandbox.TakeAway(sandbox.backups()));
  }
  DrillResult result;
  result.rto_ms = watch.ms() / static_cast<std::int64_t>(std::size(slugs));
  result.rpo_ms = 0;
  result.integrity = 1;
  result.text = std::to_string(std::size(slugs)) + " kinds of names, each checked, repaired, backed up and restored";
  return result;
}

}  // namespace fleet::agent
