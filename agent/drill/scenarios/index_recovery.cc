#include <functional>
#include <utility>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Family {
  std::string parent;
  std::vector<std::string> children;
};

std::vector<Family> AddFamilies(SandboxStore& store) {
  std::vector<Family> families;
  for (const char* title : {"First", "Second", "Third"}) {
    Family family{store.AddSession(title), {}};
    for (int i = 0; i < 3; ++i) family.children.push_back(store.AddSession("Agent", 1, family.parent));
    families.push_back(std::move(family));
  }
  return families;
}

struct Damage {
  const char* name;
  std::function<void(const SandboxStore&, const std::vector<Family>&)> inflict;
};

std::vector<Damage> Damages() {
  return {
      {"all indexes deleted",
       [](const auto& store, const auto&) { store.Remove("storage/session/sub-session-index"); }},
      {"one index deleted",
       [](const auto& store, const auto& families) { store.Remove(SandboxStore::IndexPath(families[0].parent)); }},
      {"one index cut off",
       [](const auto& store, const auto& families) {
         store.Write(SandboxStore::IndexPath(families[1].parent), "[\"se");
       }},
      {"an entry twice",
       [](const auto& store, const auto& families) {
         std::vector<std::string> twice = families[0].children;
         twice.push_back(twice.front());
         store.WriteIndex(families[0].parent, twice);
       }},
      {"an entry of nobody",
       [](const auto& store, const auto& families) {
         std::vector<std::string> dangling = families[0].children;
         dangling.push_back("ses_816ad0000ffenobodynobodyno");
         store.WriteIndex(families[0].parent, dangling);
       }},
      {"an entry of another parent",
       [](const auto& store, const auto& families) {
         std::vector<std::string> wrong = families[0].children;
         wrong.push_back(families[1].children.front());
         store.WriteIndex(families[0].parent, wrong);
       }},
  };
}

// Empty when every index holds exactly what it should.
std::string WrongIndex(const SandboxStore& store, const std::vector<Family>& families) {
  for (const Family& family : families) {
    if (store.Index(family.parent) != family.children) return "the index of " + family.parent;
  }
  return "";
}

}  // namespace

// D2: indexes are missing or wrong in every way.
absl::StatusOr<DrillResult> DrillIndexRecovery(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  const std::vector<Family> families = AddFamilies(store);
  const Stopwatch watch(sandbox.clock());
  for (const Damage& damage : Damages()) {
    damage.inflict(store, families);
    ASSIGN_OR_RETURN(const RepairRun run, sandbox.Repair());
    if (run.journal.empty()) return DrillResult::Failed(std::string(damage.name) + ": nothing was repaired");
    if (const std::string wrong = WrongIndex(store, families); !wrong.empty()) {
      return DrillResult::Failed(std::string(damage.name) + ": " + wrong + " is not what it should be");
    }
    ASSIGN_OR_RETURN(const RepairRun again, sandbox.Repair());
    if (!again.journal.empty()) return DrillResult::Failed(std::string(damage.name) + ": a second run changed more");
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;
  result.integrity = 1;
  result.text = std::to_string(Damages().size()) + " kinds of damage, each index exactly as it should be";
  return result;
}

}  // namespace fleet::agent
