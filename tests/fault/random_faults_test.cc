// Any store with any faults in it: after a repair nothing is left that could be repaired, nothing valid was changed and
// nothing is lost; a second run finds nothing to do; and undo gives back every byte. FLEET_RANDOM_CASES says how many
// stores (10,000), FLEET_RANDOM_SEED where they begin (1); a failure names its seed, which alone repeats it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "agent/repair/engine.h"
#include "agent/store/document.h"
#include "agent/store/find_roots.h"
#include "agent/store/layout.h"
#include "tests/fault/faults.h"
#include "tests/support/effort.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tree.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

// Those that no repair of a store is about, and those that take long because they are large.
bool IsBesideTheStore(const std::string& fault) {
  static const std::regex kBeside("(backup|mcp|qdrant|dgmo|crash)-.*|.*-oversize");
  return std::regex_match(fault, kBeside);
}

// One store and what befalls it.
class RandomCase {
 public:
  explicit RandomCase(unsigned seed) : random_(seed), clock_(std::time(nullptr) * std::int64_t{1000}) {
    const bool guide = Chance(4);
    StoreWriter store =
        guide ? StoreWriter::Guide(home_.path(), "payments", Chance(2)) : StoreWriter::Program(home_.path());
    root_ = store.path();
    const int sessions = 1 + Below(4);
    std::vector<std::string> parents;
    for (int i = 0; i < sessions; ++i) parents.push_back(store.AddConversation("Session " + std::to_string(i)));
    for (int i = Below(6); i > 0; --i) {
      const std::string& parent = parents[static_cast<std::size_t>(Below(static_cast<int>(parents.size())))];
      const std::string agent = store.AddAgent(parent, "Agent " + std::to_string(i));
      if (Chance(3)) parents.push_back(agent);
    }
    Break(guide);
  }

  void Run() {
    const std::string before = TreeText(root_);
    const std::map<std::string, std::string> files = FilesBelow(root_);
    std::vector<std::string> journals;
    const std::vector<std::string> projects = Projects();
    const RepairRun first = Apply();
    if (!first.journal.empty()) journals.push_back(first.journal);
    ExpectNothingIsLost(files);
    ExpectValidOnesAreUntouched(files, first);
    // Of a project that only a mended message tells the configuration is looked at by the next run.
    if (Projects() != projects) {
      const RepairRun next = Apply();
      if (!next.journal.empty()) journals.push_back(next.journal);
    }
    const RepairRun second = Apply();
    if (!second.journal.empty()) journals.push_back(second.journal);
    EXPECT_EQ(second.journal, "") << "a second run has something to do: " << Text(second);
    ExpectNothingRepairableIsLeft(second);
    for (auto journal = journals.rbegin(); journal != journals.rend(); ++journal) {
      const absl::StatusOr<UndoRun> undo = Engine().Undo(*journal);
      ASSERT_TRUE(undo.ok()) << undo.status();
      EXPECT_FALSE(undo->refusal.has_value()) << undo->refusal->text;
    }
    EXPECT_EQ(TreeText(root_), before) << "undone";
  }

  std::string Story() const {
    std::string story;
    for (const std::string& fault : faults_) story += " " + fault;
    return story;
  }
  const std::map<std::string, int>& refusals() const { return refusals_; }
  std::size_t faults() const { return faults_.size(); }

 private:
  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool Chance(int one_in) { return Below(one_in) == 0; }

  // An earlier fault may have taken what a later one wants to break.
  void Break(bool guide) {
    static const std::vector<FaultDescription> kAll = AllFaults();
    for (int wanted = 1 + Below(6), tries = 0; wanted > 0 && tries < 40; ++tries) {
      const std::string& name = kAll[static_cast<std::size_t>(Below(static_cast<int>(kAll.size())))].name;
      if (IsBesideTheStore(name) || ((name.rfind("guide-", 0) == 0) != guide && Chance(2))) continue;
      const absl::StatusOr<Injected> injected = InjectFault(home_.path(), name, static_cast<unsigned>(random_()));
      if (!injected.ok() || !fs::is_directory(fs::symlink_status(root_))) continue;
      faults_.push_back(name);
      --wanted;
    }
  }

  RepairEngine Engine() {
    RepairEngine::Options options;
    options.state = home_ / "agent-state";
    options.pause = [](std::chrono::milliseconds) {};
    return RepairEngine(clock_, std::move(options));
  }
  std::vector<Target> Targets() const { return {{.home = HomeAt(home_.path(), false).value(), .explicit_roots = {}}}; }
  RepairRun Apply() {
    clock_.Advance(std::chrono::minutes(2));
    absl::StatusOr<RepairRun> run = Engine().Apply(Targets(), {});
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? *std::move(run) : RepairRun();
  }

  static std::string Text(const RepairRun& run) {
    std::string text;
    for (const RepairResult& result : run.results) {
      text += "\n  " + result.repair + " " + result.subject_id + " " + std::string(OutcomeText(result.outcome)) + " " +
              result.reason + ": " + result.text;
    }
    return text;
  }

  std::vector<std::string> Projects() const {
    absl::StatusOr<HomeModel> home = Inspect(Targets()[0], [](std::chrono::milliseconds) {});
    if (!home.ok()) return {};
    ProbeConfig({}, *home);
    return home->config->projects;
  }

  // What was there still is, in the store or with the agent.
  void ExpectNothingIsLost(const std::map<std::string, std::string>& files) const {
    std::set<std::string> kept;
    for (const std::string& folder : {root_, home_ / "agent-state"}) {
      for (auto& [path, bytes] : FilesBelow(folder)) kept.insert(std::move(bytes));
    }
    for (const auto& [path, bytes] : files) EXPECT_TRUE(kept.contains(bytes)) << path << " is lost";
  }

  // Sessions and messages that could be read are what they were, unless a newer temporary copy of them was there.
  void ExpectValidOnesAreUntouched(const std::map<std::string, std::string>& files, const RepairRun& run) const {
    std::set<std::string> renewed;
    for (const Plan& plan : run.plans) {
      if (plan.repair != "R-TMP") continue;
      for (const Step& step : plan.steps) renewed.insert(PathOf(step.change));
    }
    const absl::StatusOr<std::vector<Root>> roots = ResolveRoot(root_);
    if (!roots.ok() || roots->empty()) return;
    const Layout& layout = LayoutOf(roots->front().kind);
    DocumentParser parser;
    for (const auto& [path, bytes] : files) {
      const Place place = layout.place(path, false);
      if (place.skip || (place.cls != DocumentClass::kSession && place.cls != DocumentClass::kMessage)) continue;
      PaddedText text(bytes);
      if (std::holds_alternative<Fault>(parser.Parse(place.cls, text)) || renewed.contains(path)) continue;
      EXPECT_TRUE(BytesOf(root_ + "/" + path) == bytes) << path << " was valid";
    }
  }

  void ExpectNothingRepairableIsLeft(const RepairRun& second) {
    std::map<std::string, std::string> refused;
    for (const Plan& plan : second.plans) {
      for (const std::string& fingerprint : plan.fingerprints) {
        if (plan.refusal) refused[fingerprint] = plan.refusal->reason;
      }
    }
    const absl::StatusOr<HomeModel> home = Inspect(Targets()[0], [](std::chrono::milliseconds) {});
    ASSERT_TRUE(home.ok()) << home.status();
    for (const Finding& finding : CheckHome(*home, ToMillis(clock_.Now()))) {
      const Repair* repair = FindRepair(finding.repair);
      const bool ours = finding.root == root_ && repair != nullptr && !repair->needs_consent;
      if (!ours || !finding.refusal.empty()) continue;
      const auto why = refused.find(finding.fingerprint);
      EXPECT_TRUE(why != refused.end()) << finding.code << " " << finding.path << " is left without a word";
      if (why != refused.end()) ++refusals_[finding.repair + " " + why->second];
    }
  }

  std::mt19937 random_;
  TempDir home_;
  FakeClock clock_;
  std::string root_;
  std::vector<std::string> faults_;
  std::map<std::string, int> refusals_;
};

TEST(RandomFaults, AreRepairedWithoutLossAndTakenBackToTheByte) {
  // In memory where there is such a thing: what counts is what is written, not the speed of the disk.
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 1);
  const long cases = NumberFrom("FLEET_RANDOM_CASES", 10'000);
  const long first = NumberFrom("FLEET_RANDOM_SEED", 1);
  std::map<std::string, int> refusals;
  std::size_t faults = 0;
  for (long seed = first; seed < first + cases && !HasFailure(); ++seed) {
    RandomCase one(static_cast<unsigned>(seed));
    SCOPED_TRACE("FLEET_RANDOM_SEED=" + std::to_string(seed) + ":" + one.Story());
    one.Run();
    faults += one.faults();
    for (const auto& [why, count] : one.refusals()) refusals[why] += count;
  }
  std::cout << "[  random  ] " << cases << " stores, " << faults << " faults; left with a reason:\n";
  for (const auto& [why, count] : refusals) std::cout << "             " << why << " " << count << "\n";
}

}  // namespace
}  // namespace fleet::agent
