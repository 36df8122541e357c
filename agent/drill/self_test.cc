#include "agent/drill/self_test.h"

#include "agent/drill/sandbox.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// A session with two sub-sessions.
struct Family {
  std::string parent;
  std::vector<std::string> children;
};

struct Breakage {
  const char* name;
  const char* code;
  void (*inject)(const SandboxStore& store, const Family& family);
};

constexpr Breakage kBreakages[] = {
    {"an entry lost from the index", "INDEX_MISSING_ENTRY",
     [](const SandboxStore& store, const Family& family) { store.WriteIndex(family.parent, {family.children[0]}); }},
    {"no index", "SUBSESSION_INDEX_MISSING",
     [](const SandboxStore& store, const Family& family) { store.Remove(store.IndexPath(family.parent)); }},
    {"an entry listed twice", "INDEX_DUPLICATE_ENTRY",
     [](const SandboxStore& store, const Family& family) {
       store.WriteIndex(family.parent, {family.children[0], family.children[1], family.children[0]});
     }},
    {"an index cut off", "INDEX_JSON_TRUNCATED",
     [](const SandboxStore& store, const Family& family) { store.Write(store.IndexPath(family.parent), "[\"ses_"); }},
    {"a record lost", "CHILD_SESSION_UNTRACKED",
     [](const SandboxStore& store, const Family& family) { store.Remove(store.RecordPath(family.children[0])); }},
    {"an empty session info", "SESSION_JSON_EMPTY",
     [](const SandboxStore& store, const Family& family) { store.Write(store.InfoPath(family.children[1]), ""); }},
    {"a temporary file left behind", "TMP_LITTER",
     [](const SandboxStore& store, const Family& family) {
       store.Write(store.InfoPath(family.parent) + "1700000000000.tmp", "");
     }},
};

absl::StatusOr<SelfTestResult> Try(const Breakage& fault, Sandbox& sandbox) {
  SelfTestResult result{fault.name, fault.code, false, false, ""};
  SandboxStore store = sandbox.AddStore();
  Family family;
  family.parent = store.AddSession("Self test");
  for (const char* title : {"First part", "Second part"}) {
    family.children.push_back(store.AddSession(title, 1, family.parent));
  }
  ASSIGN_OR_RETURN(const std::vector<Finding> before, sandbox.Check());
  if (!before.empty()) {
    result.problem = "the healthy store is reported: " + CodesOf(before);
    return result;
  }
  fault.inject(store, family);
  ASSIGN_OR_RETURN(const std::vector<Finding> broken, sandbox.Check());
  result.found = Has(broken, fault.code);
  if (!result.found) result.problem = "not found; reported: " + CodesOf(broken);
  ASSIGN_OR_RETURN(const RepairRun run, sandbox.Repair());
  ASSIGN_OR_RETURN(const std::vector<Finding> after, sandbox.Check());
  result.repaired = run.Complete() && after.empty();
  if (!result.repaired && result.problem.empty()) result.problem = "after the repair: " + CodesOf(after);
  return result;
}

}  // namespace

absl::StatusOr<std::vector<SelfTestResult>> TestYourself(const std::string& folder, const Clock& clock) {
  std::vector<SelfTestResult> results;
  for (const Breakage& fault : kBreakages) {
    ASSIGN_OR_RETURN(const SandboxFolder place, SandboxFolder::Make(folder));
    ASSIGN_OR_RETURN(results.emplace_back(),
                     place.Act<SelfTestResult>(clock, [&](Sandbox& sandbox) { return Try(fault, sandbox); }));
  }
  return results;
}

}  // namespace fleet::agent
