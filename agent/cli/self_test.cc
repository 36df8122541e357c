#include "agent/cli/self_test.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/repair/durable_file.h"
#include "agent/repair/engine.h"
#include "agent/store/find_roots.h"
#include "agent/store/session_id.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// A store that is there for one test.
class SyntheticStore {
 public:
  SyntheticStore(std::string folder, std::int64_t now_ms) : root_(folder + "/store"), state_(folder + "/state") {
    const std::int64_t created = now_ms - 3'600'000;
    parent_ = MakeId("ses", created, 1, "SelfTestParent");
    children_ = {MakeId("ses", created + 1'000, 1, "SelfTestChild1"),
                 MakeId("ses", created + 1'000, 2, "SelfTestChild2")};
    Write("app.json", Json{{"initialized", created}});
    AddSession(parent_, "", created);
    for (const std::string& child : children_) {
      AddSession(child, parent_, created + 1'000);
      Write(RecordPath(child), Json{{"id", child},
                                    {"parentSessionId", parent_},
                                    {"agentName", "Self test"},
                                    {"taskDescription", "Nothing"},
                                    {"status", "completed"},
                                    {"createdAt", created + 1'000},
                                    {"completedAt", created + 5'000},
                                    {"summary", "Done."}});
    }
    Write(IndexPath(), Json(children_));
  }

  const std::string& root() const { return root_; }
  const std::string& state() const { return state_; }
  std::string RecordPath(const std::string& id) const { return "storage/session/sub-sessions/" + id + ".json"; }
  std::string IndexPath() const { return "storage/session/sub-session-index/" + parent_ + ".json"; }
  std::string InfoPath(const std::string& id) const { return "storage/session/info/" + id + ".json"; }
  const std::string& parent() const { return parent_; }
  const std::vector<std::string>& children() const { return children_; }

  void Write(const std::string& below, const Json& document) const { WriteText(below, document.dump()); }
  void WriteText(const std::string& below, const std::string& text) const {
    fs::create_directories(fs::path(root_ + "/" + below).parent_path());
    const absl::Status written = WriteDurably(root_ + "/" + below, text);
    if (!written.ok()) throw fs::filesystem_error(MessageOf(written), std::error_code());
  }
  void Remove(const std::string& below) const { fs::remove(root_ + "/" + below); }

 private:
  void AddSession(const std::string& id, const std::string& parent, std::int64_t created) {
    Json info = {{"id", id}, {"version", "0.0.0-self-test"}};
    if (!parent.empty()) info["parentID"] = parent;
    info["title"] = "Self test";
    info["time"] = {{"created", created}, {"updated", created}};
    Write(InfoPath(id), info);
    const std::string message = MakeId("msg", created + 100, 1, "SelfTestText01");
    Write("storage/session/message/" + id + "/" + message + ".json",
          Json{{"role", "user"},
               {"id", message},
               {"parts", Json::array({Json{{"type", "text"}, {"text", "Self test"}}})},
               {"metadata", {{"time", {{"created", created + 100}}}, {"sessionID", id}, {"tool", Json::object()}}}});
  }

  std::string root_;
  std::string state_;
  std::string parent_;
  std::vector<std::string> children_;
};

struct Breakage {
  std::string name;
  std::string code;
  std::function<void(const SyntheticStore&)> inject;
};

std::vector<Breakage> AllBreakages(std::int64_t now_ms) {
  return {
      {"an entry lost from the index", "INDEX_MISSING_ENTRY",
       [](const SyntheticStore& s) { s.Write(s.IndexPath(), Json::array({s.children()[0]})); }},
      {"no index", "SUBSESSION_INDEX_MISSING", [](const SyntheticStore& s) { s.Remove(s.IndexPath()); }},
      {"an entry listed twice", "INDEX_DUPLICATE_ENTRY",
       [](const SyntheticStore& s) {
         s.Write(s.IndexPath(), Json::array({s.children()[0], s.children()[1], s.children()[0]}));
       }},
      {"an index cut off", "INDEX_JSON_TRUNCATED",
       [](const SyntheticStore& s) { s.WriteText(s.IndexPath(), "[\"ses_"); }},
      {"a record lost", "CHILD_SESSION_UNTRACKED",
       [](const SyntheticStore& s) { s.Remove(s.RecordPath(s.children()[0])); }},
      {"an empty session info", "SESSION_JSON_EMPTY",
       [](const SyntheticStore& s) { s.WriteText(s.InfoPath(s.children()[1]), ""); }},
      {"a temporary file left behind", "TMP_LITTER",
       [now_ms](const SyntheticStore& s) {
         s.WriteText(s.InfoPath(s.parent()) + std::to_string(now_ms - 600'000) + ".tmp", "");
       }},
  };
}

absl::StatusOr<std::vector<Finding>> Look(const Target& target, std::int64_t now_ms) {
  ASSIGN_OR_RETURN(const HomeModel home, Inspect(target, [](std::chrono::milliseconds) {}));
  return CheckHome(home, now_ms);
}

std::string Codes(const std::vector<Finding>& findings) {
  std::string codes;
  for (const Finding& finding : findings) codes += (codes.empty() ? "" : ", ") + finding.code;
  return codes;
}

absl::StatusOr<SelfTestResult> TryFault(const SyntheticStore& store, const Breakage& fault, const Clock& clock) {
  SelfTestResult result{fault.name, fault.code, false, false, ""};
  ASSIGN_OR_RETURN(std::vector<Root> roots, ResolveRoot(store.root()));
  const std::vector<Target> targets = {{{}, std::move(roots)}};
  ASSIGN_OR_RETURN(const std::vector<Finding> before, Look(targets[0], ToMillis(clock.Now())));
  if (!before.empty()) {
    result.problem = "the healthy store is reported: " + Codes(before);
    return result;
  }
  fault.inject(store);
  ASSIGN_OR_RETURN(const std::vector<Finding> broken, Look(targets[0], ToMillis(clock.Now())));
  result.found = std::any_of(broken.begin(), broken.end(), [&](const Finding& f) { return f.code == fault.code; });
  if (!result.found) result.problem = "not found; reported: " + Codes(broken);
  RepairEngine::Options options;
  options.state = store.state();
  options.pause = SleepFor;
  RepairEngine engine(clock, std::move(options));
  ASSIGN_OR_RETURN(const RepairRun run, engine.Apply(targets, {}));
  ASSIGN_OR_RETURN(const std::vector<Finding> after, Look(targets[0], ToMillis(clock.Now())));
  result.repaired = run.Complete() && after.empty();
  if (!result.repaired && result.problem.empty()) result.problem = "after the repair: " + Codes(after);
  return result;
}

}  // namespace

absl::StatusOr<std::vector<SelfTestResult>> TestYourself(const std::string& folder, const Clock& clock) {
  std::vector<SelfTestResult> results;
  for (const Breakage& fault : AllBreakages(ToMillis(clock.Now()))) {
    std::string place = folder + "/dgmo-agent-self-test-XXXXXX";
    if (mkdtemp(place.data()) == nullptr) return FromErrno(errno, "cannot make a folder in " + ToPrintable(folder));
    absl::StatusOr<SelfTestResult> result = Internal("the self test did not run");
    try {
      const SyntheticStore store(place, ToMillis(clock.Now()));
      result = TryFault(store, fault, clock);
    } catch (const fs::filesystem_error& error) {
      result = Unavailable(std::string("cannot write the store of the self test: ") + error.what());
    }
    std::error_code left;
    fs::remove_all(place, left);
    if (!result.ok()) return result.status();
    results.push_back(*std::move(result));
  }
  return results;
}

}  // namespace fleet::agent
