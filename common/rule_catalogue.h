#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/finding.h"

namespace fleet {

// One row of the rule catalogue: all that is fixed about a fault, for the agent, the coordinator and `explain` alike.
// Written for somebody who has never seen dgmo's data.
struct Rule {
  std::string code;
  int number = 0;  // of the catalogue's rules
  std::string_view component;
  Severity severity = Severity::kP3;  // unless the note says otherwise
  std::string_view severity_note;     // when it varies, else empty
  std::string meaning;
  std::string_view action;         // what a person does about it
  std::string_view repair;         // empty: none
  bool automatic = false;          // the default policy lets the agent repair it without being asked
  std::string_view security_note;  // when somebody may be tampering, else empty
};

// What one repair does, in a sentence.
struct RepairDescription {
  std::string_view id;
  std::string_view effect;
  bool needs_consent = false;
  bool of_files = true;  // backs up what it changes, and can be taken back
};

// The whole table, by number. Constant; any thread.
std::span<const Rule> AllRules();
// nullptr: no such code. A code of a log pattern that is not built in gives the row that stands for all of these.
const Rule* FindRule(std::string_view code);

// The repairs of this version. A rule may name one that is not among them: its findings say so in `refusal`.
std::span<const RepairDescription> AllRepairDescriptions();
const RepairDescription* FindRepairDescription(std::string_view id);

// Why a repair that a rule names cannot be had; empty when it can, or when none is named.
std::string RepairRefusal(std::string_view repair);

}  // namespace fleet
