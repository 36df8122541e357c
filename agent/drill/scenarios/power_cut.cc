#include <functional>
#include <utility>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

// A state in which a killed program, a full disk or a power failure leaves a store, and what is to become of it
// (catalogue: "How dgmo writes and reads, hence which damaged states are possible").
struct State {
  const char* name;
  const char* code;  // that must be found
  std::function<void(Sandbox&, SandboxStore&, const std::string& session)> leave;
  // Afterwards the info has this title; empty: the session may have lost its title, but is listed.
  const char* title;
};

std::string LitterPath(const Sandbox& sandbox, const std::string& session) {
  return SandboxStore::InfoPath(session) + std::to_string(sandbox.now_ms() - 5 * kMinuteMs) + ".tmp";
}
std::string Renamed(const SandboxStore& store, const std::string& session) {
  std::string text = store.Read(SandboxStore::InfoPath(session));
  return text.replace(text.find("Before"), 6, "After!");
}
void LeaveLitter(Sandbox& sandbox, SandboxStore& store, const std::string& session, const std::string& text) {
  const std::string path = LitterPath(sandbox, session);
  store.Write(path, text);
  store.Settle(path, sandbox.now_ms() - 5 * kMinuteMs);
}

std::vector<State> States() {
  return {
      {"killed before the rename", "TMP_LITTER",
       [](Sandbox& sandbox, SandboxStore& store, const std::string& session) {
         LeaveLitter(sandbox, store, session, Renamed(store, session));
       },
       "After!"},
      {"killed before the first rename", "TMP_LITTER",
       [](Sandbox& sandbox, SandboxStore& store, const std::string& session) {
         LeaveLitter(sandbox, store, session, store.Read(SandboxStore::InfoPath(session)));
         store.Remove(SandboxStore::InfoPath(session));
       },
       "Before"},
      {"killed while writing", "TMP_LITTER",
       [](Sandbox& sandbox, SandboxStore& store, const std::string& session) {
         LeaveLitter(sandbox, store, session, Renamed(store, session).substr(0, 20));
       },
       "Before"},
      {"disk full while writing", "TMP_LITTER",
       [](Sandbox& sandbox, SandboxStore& store, const std::string& session) {
         LeaveLitter(sandbox, store, session, "");
       },
       "Before"},
      {"power lost: no bytes", "SESSION_JSON_EMPTY",
       [](Sandbox&, SandboxStore& store, const std::string& session) {
         store.Write(SandboxStore::InfoPath(session), "");
       },
       ""},
      {"power lost: zero bytes", "SESSION_JSON_NUL",
       [](Sandbox&, SandboxStore& store, const std::string& session) {
         const std::string path = SandboxStore::InfoPath(session);
         store.Write(path, std::string(store.Read(path).size(), '\0'));
       },
       ""},
      {"power lost: no entry", "SESSION_FILE_MISSING",
       [](Sandbox&, SandboxStore& store, const std::string& session) { store.Remove(SandboxStore::InfoPath(session)); },
       ""},
      {"two programs at once: an entry lost", "INDEX_MISSING_ENTRY",
       [](Sandbox&, SandboxStore& store, const std::string& session) { store.WriteIndex(session, {}); }, "Before"},
      {"killed while writing app.json", "APP_JSON_TRUNCATED",
       [](Sandbox&, SandboxStore& store, const std::string&) { store.Write("app.json", "{\"init"); }, "Before"},
  };
}

}  // namespace

// D6: every state that dgmo's way of writing can leave behind.
absl::StatusOr<DrillResult> DrillPowerCut(Sandbox& sandbox) {
  const Stopwatch watch(sandbox.clock());
  int number = 0;
  for (const State& state : States()) {
    SandboxStore store = sandbox.AddStore("drill-" + std::to_string(++number));
    const std::string session = store.AddSession("Before");
    store.AddSession("Agent", 1, session);
    const Files before = FilesBelow(store.root() + "/storage/session/message");
    state.leave(sandbox, store, session);
    ASSIGN_OR_RETURN(const std::vector<Finding> found, sandbox.Check());
    if (!Has(found, state.code)) {
      return DrillResult::Failed(std::string(state.name) + ": wanted " + state.code + ", found " + CodesOf(found));
    }
    RETURN_IF_ERROR(sandbox.Repair().status());
    ASSIGN_OR_RETURN(const std::vector<Finding> left, sandbox.Check());
    if (Has(left, state.code)) return DrillResult::Failed(std::string(state.name) + ": still " + CodesOf(left));
    const std::string info = store.Read(SandboxStore::InfoPath(session));
    if (info.find(state.title) == std::string::npos) {
      return DrillResult::Failed(std::string(state.name) + ": the session's info is not what it should be");
    }
    if (ShareKept(before, FilesBelow(store.root() + "/storage/session/message")) < 1) {
      return DrillResult::Failed(std::string(state.name) + ": messages were changed");
    }
    RETURN_IF_ERROR(sandbox.TakeAway(store.root()));
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.text = std::to_string(number) + " states, each found as what it is and cured";
  return result;
}

}  // namespace fleet::agent
