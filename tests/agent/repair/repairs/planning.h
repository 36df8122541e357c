#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/checks/check.h"
#include "agent/repair/repair.h"
#include "agent/store/scan.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {

// What planning every finding of a store came to, as a table of tests states it.
struct Planned {
  std::map<std::string, std::string> written;  // path to bytes
  std::set<std::string> quarantined;
  std::set<std::string> made;
  std::map<std::string, std::uint32_t> rights;
  std::vector<std::string> refusals;  // "REPAIR reason"
  std::vector<std::string> notes;
  std::vector<Finding> left;  // findings of the planned root

  bool Empty() const { return written.empty() && quarantined.empty() && made.empty() && rights.empty(); }
  bool Leaves(const std::string& code) const {
    return std::any_of(left.begin(), left.end(), [&](const Finding& finding) { return finding.code == code; });
  }
};

// Plans as the engine does: repair by repair in the order of the table, findings anew after each repair.
class Planner {
 public:
  Planner(const Root& root, std::int64_t now_ms) : now_ms_(now_ms), planned_(Open(root), Scan(root), now_ms) {}

  Planned Run(const std::set<std::string>& only = {}) {
    for (const Repair* repair : AllRepairs()) {
      if (!only.empty() && only.count(std::string(repair->id)) == 0) continue;
      for (const Finding& finding : Findings()) {
        if (finding.repair == repair->id) PlanOne(*repair, finding);
      }
    }
    result_.left = Findings();
    return result_;
  }

  Answer Ask(std::string_view repair, const Finding& finding) {
    return FindRepair(repair)->plan(planned_, Home(), finding);
  }
  std::vector<Finding> Findings() const { return CheckHome(Home(), now_ms_); }
  const PlannedRoot& root() const { return planned_; }
  PlannedRoot& root() { return planned_; }

 private:
  static Directory Open(const Root& root) {
    auto directory = Directory::OpenRoot(root.path);
    EXPECT_TRUE(directory.ok()) << directory.status();
    return *std::move(directory);
  }
  static RootModel Scan(const Root& root) {
    auto model = ScanRoot(root);
    EXPECT_TRUE(model.ok()) << model.status();
    return *std::move(model);
  }
  HomeModel Home() const {
    HomeModel home;
    home.roots.push_back(planned_.model());
    return home;
  }
  void PlanOne(const Repair& repair, const Finding& finding) {
    Answer answer = repair.plan(planned_, Home(), finding);
    if (const Refusal* refusal = std::get_if<Refusal>(&answer)) {
      EXPECT_FALSE(refusal->text.empty());
      result_.refusals.push_back(std::string(repair.id) + " " + refusal->reason);
      return;
    }
    Cure& cure = std::get<Cure>(answer);
    for (const Change& change : cure.changes) Note(change);
    if (!cure.changes.empty()) result_.notes.push_back(cure.note);
    const auto steps = planned_.Add(std::move(cure.changes));
    EXPECT_TRUE(steps.ok()) << steps.status();
  }
  void Note(const Change& change) {
    if (const auto* write = std::get_if<WriteFile>(&change)) result_.written[write->path] = write->bytes;
    if (const auto* quarantine = std::get_if<Quarantine>(&change)) result_.quarantined.insert(quarantine->path);
    if (const auto* directory = std::get_if<MakeDirectory>(&change)) result_.made.insert(directory->path);
    if (const auto* set = std::get_if<SetAccess>(&change)) result_.rights[set->path] = set->mode;
  }

  std::int64_t now_ms_;
  PlannedRoot planned_;
  Planned result_;
};

// Plans, expects that a second planning on the result plans nothing, and returns the first.
inline Planned PlanAll(const StoreWriter& store, const std::set<std::string>& only = {}) {
  Planner planner(store.AsRoot(), store.now_ms() + 3'600'000);
  const Planned first = planner.Run(only);
  for (const Repair* repair : AllRepairs()) {
    if (!only.empty() && only.count(std::string(repair->id)) == 0) continue;
    for (const Finding& finding : planner.Findings()) {
      if (finding.repair != repair->id) continue;
      const Answer again = planner.Ask(repair->id, finding);
      const Cure* cure = std::get_if<Cure>(&again);
      EXPECT_TRUE(cure == nullptr || cure->changes.empty()) << finding.code << " is planned twice";
    }
  }
  return first;
}

}  // namespace fleet::agent
