#include <algorithm>
#include <vector>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "agent/repair/request.h"
#include "common/status.h"

namespace fleet::agent {

// D14: sessions of one developer lie in several places, one of them in two.
absl::StatusOr<DrillResult> DrillPathSplit(Sandbox& sandbox) {
  SandboxStore active = sandbox.AddStore("drill", "dgmo");
  SandboxStore older = sandbox.AddStore("drill", "opencode");
  // Not "unified": every dgmo that runs on this machine may be at work on a store of that name.
  SandboxStore unified = sandbox.AddStore("former-unified", "dgmo");
  std::vector<std::string> parents;
  for (SandboxStore* store : {&active, &older, &unified}) {
    parents.push_back(store->AddSession("Of " + store->root()));
    store->AddSession("Its agent", 1, parents.back());
  }
  // Copied once and then continued on both sides: each index has an entry that the other has not.
  const std::string shared = older.AddSession("Continued twice", 2);
  for (const auto& [path, bytes] : FilesBelow(older.root())) {
    if (path.find(shared) != std::string::npos) active.Write(path, bytes);
  }
  const std::string here = active.AddSession("Agent here", 1, shared);
  const std::string there = older.AddSession("Agent there", 1, shared);

  std::vector<Files> sources = {FilesBelow(older.root()), FilesBelow(unified.root())};
  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
  if (!Has(findings, "LAYOUT_SPLIT")) return DrillResult::Failed("the split is not seen: " + CodesOf(findings));
  ASSIGN_OR_RETURN(const std::vector<RepairRun> runs,
                   sandbox.RepairInParts(ConsolidationRequest(active.root(), {older.root(), unified.root()})));
  for (const RepairRun& run : runs) {
    if (!run.Complete()) return DrillResult::Failed("not everything could be brought together");
  }

  if (FilesBelow(older.root()) != sources[0] || FilesBelow(unified.root()) != sources[1]) {
    return DrillResult::Failed("a source was changed");
  }
  const Files merged = FilesBelow(active.root());
  for (Files& source : sources) {
    std::erase_if(source, [&](const auto& file) {
      return file.first == "app.json" || file.first == SandboxStore::IndexPath(shared);  // united, or its own
    });
    if (ShareKept(source, merged) < 1) return DrillResult::Failed("not everything was copied");
  }
  const std::vector<std::string> index = active.Index(shared);
  if (std::count(index.begin(), index.end(), here) != 1 || std::count(index.begin(), index.end(), there) != 1) {
    return DrillResult::Failed("the index of a session that was continued twice lost an entry");
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;
  result.integrity = 1;
  result.text = "three places seen and brought together, indexes united, sources as they were";
  return result;
}

}  // namespace fleet::agent
