#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

// D14: sessions of one developer lie in several places.
absl::StatusOr<DrillResult> DrillPathSplit(Sandbox& sandbox) {
  struct Slug {
    const char* slug;
    const char* app;
  };
  for (const Slug place : {Slug{"drill", "opencode"}, Slug{"drill", "dgmo"}, Slug{"unified", "dgmo"}}) {
    SandboxStore store = sandbox.AddStore(place.slug, place.app);
    store.AddSession(std::string("Of ") + place.app + "/" + place.slug);
  }
  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
  if (!Has(findings, "LAYOUT_SPLIT")) return DrillResult::Failed("the split is not seen: " + CodesOf(findings));
  DrillResult result;
  result.rto_ms = watch.ms();
  result.text = "the split over three places is seen";
  return result;
}

}  // namespace fleet::agent
