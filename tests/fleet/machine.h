#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/link/workstation.h"
#include "tests/fleet/chance.h"

namespace fleet {

inline constexpr char kCode[] = "SUBSESSION_INDEX_MISSING";

// A workstation that is only its faults. It outlives its agent, and remembers every repair that really ran.
class Machine final : public agent::Workstation {
 public:
  Machine(std::string name, Chance& chance) : name_(std::move(name)), chance_(chance) {}

  void Break(const std::string& subject) { faults_.insert(subject); }
  void Cure() {
    if (!faults_.empty()) faults_.erase(faults_.begin());
  }
  void CureAll() { faults_.clear(); }

  std::set<std::string> Fingerprints() const {
    std::set<std::string> fingerprints;
    for (const std::string& subject : faults_) fingerprints.insert(FindingOf(subject).fingerprint);
    return fingerprints;
  }

  agent::Examination Examine(const agent::Scope&) override {
    agent::Examination seen;
    for (const std::string& subject : faults_) seen.findings.push_back(FindingOf(subject));
    return seen;
  }

  agent::CommandOutcome Run(const v1::Action& action) override {
    // The second code is the dispatch's own mark.
    const std::string mark = action.repair().codes(1);
    EXPECT_EQ(++runs[mark], 1) << name_ << " ran " << mark << " again";
    agent::CommandOutcome outcome;
    if (chance_.Happens(0.8)) {
      faults_.clear();
      outcome.state = v1::COMMAND_STATE_SUCCEEDED;
    }
    ends[mark] = outcome.state;
    if (chance_.Happens(0.1)) die();  // with the work done and nothing noted
    return outcome;
  }

  std::map<std::string, int> runs;               // by mark
  std::map<std::string, v1::CommandState> ends;  // by mark
  std::function<void()> die = [] {};

 private:
  Finding FindingOf(const std::string& subject) const {
    Finding finding;
    finding.code = kCode;
    finding.severity = Severity::kP2;
    finding.repair = "R-INDEX";
    finding.subject_id = subject;
    finding.fingerprint = Fingerprint(finding.code, name_, subject);
    return finding;
  }

  const std::string name_;
  Chance& chance_;
  std::set<std::string> faults_;
};

}  // namespace fleet
