#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "agent/repair/journal.h"
#include "agent/store/find_roots.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tree.h"

namespace fleet::agent {

// A home with one program root: a session with two agents, whose index has lost both (two findings, one R-INDEX).
class EngineTest : public testing::Test {
 protected:
  EngineTest() : store_(StoreWriter::Program(dir_ / "home")) {
    parent_ = store_.AddConversation("Refactor the ledger");
    first_ = store_.AddAgent(parent_, "Explorer");
    second_ = store_.AddAgent(parent_, "Reviewer");
    store_.WriteIndex(parent_, {});
    root_ = store_.AsRoot().path;
  }

  RepairEngine Engine(std::span<const Repair* const> repairs = AllRepairs(), const std::string& state = "state") {
    RepairEngine::Options options;
    options.state = dir_ / state;
    options.repairs = repairs;
    options.pause = [](std::chrono::milliseconds) {};
    return RepairEngine(clock_, std::move(options));
  }
  std::vector<Target> Targets() const { return {{.home = HomeAt(dir_ / "home", false).value(), .explicit_roots = {}}}; }
  RepairRun Apply(const RepairSelection& selection = {}, std::span<const Repair* const> repairs = AllRepairs()) {
    clock_.Advance(std::chrono::seconds(1));
    return Engine(repairs).Apply(Targets(), selection).value();
  }
  UndoRun Undo(const std::string& journal) { return Engine().Undo(journal).value(); }

  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    const HomeModel home = Inspect(Targets()[0], [](std::chrono::milliseconds) {}).value();
    for (const Finding& finding : CheckHome(home, ToMillis(clock_.Now()))) codes.push_back(finding.code);
    return codes;
  }
  std::string Tree(FileTimes times = FileTimes::kCompare) const { return TreeText(root_, times); }
  std::string Damage(const std::string& path, const std::string& bytes = "") {
    store_.Write(path, bytes);
    return path;
  }

  TempDir dir_;
  FakeClock clock_;
  StoreWriter store_;
  std::string parent_;
  std::string first_;
  std::string second_;
  std::string root_;
};

inline std::vector<std::string> Outcomes(const RepairRun& run) {
  std::vector<std::string> texts;
  for (const RepairResult& result : run.results) {
    std::string text = result.repair + " " + std::string(OutcomeText(result.outcome));
    texts.push_back(result.reason.empty() ? text : text + " " + result.reason);
  }
  return texts;
}

}  // namespace fleet::agent
