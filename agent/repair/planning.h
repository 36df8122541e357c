#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/repair/outcome.h"
#include "agent/repair/planned_root.h"
#include "agent/repair/repair.h"
#include "agent/repair/selection.h"
#include "common/finding.h"

namespace fleet::agent {

// What is wanted for one root, or for the configuration of the home, and why it may not be given.
struct PlanningRequest {
  const HomeModel& home;   // as it was read
  const RootModel& place;  // one of its roots, or its HomePlace
  const std::vector<Finding>& findings;
  const std::set<std::string>& selected;  // fingerprints of the findings that were asked for
  const RepairSelection& selection;
  std::span<const Repair* const> repairs;
  std::int64_t now_ms = 0;
  std::shared_ptr<BackupCopies> backups = nullptr;  // of this root; nullptr: none
  // Why nothing at all may be changed in the root now.
  std::optional<Refusal> root_refusal;
  bool taken_by_root = false;  // it is refused only because root owns what is the user's
  // Why a repair may not be tried on a subject, or a change not be made.
  absl::FunctionRef<std::optional<Refusal>(const Repair&, const std::string& subject)> refuse_repair;
  absl::FunctionRef<std::optional<Refusal>(const Change&)> refuse_change;
};

struct RootPlan {
  Root root;
  bool live = false;               // dgmo worked on it when it was read
  std::vector<Plan> plans;         // in the order they are applied; refused ones last
  std::vector<Finding> uncovered;  // P0 to P2 that will be there afterwards and were not, or not as bad
};

// All plans of one root. Repairs are planned in the order of the table, each on what the ones before it leave, until
// nothing more is found: what a repair uncovers (a record that its index does not list yet) is repaired with it, so
// that a second run plans nothing. Reads the disk, changes nothing. One thread; used once.
class RootPlanning {
 public:
  RootPlanning(const PlanningRequest& request, Directory directory);

  RootPlan Run();

 private:
  bool PlanRepair(const Repair& repair);
  bool PlanFinding(const Repair& repair, const Finding& finding);
  bool Wants(const Repair& repair, const Finding& finding) const;
  bool Accept(const Repair& repair, const Finding& finding, Cure cure);
  void Refuse(const Repair& repair, const Finding& finding, Refusal refusal);
  std::optional<Refusal> RefusalFor(const Repair& repair, const Finding& finding) const;
  void AddMissingDirectories(std::vector<Change>& changes) const;
  void CreditEarlierPlan(const Repair& repair, const Finding& finding);
  void DisclaimWhatStays();
  Plan& PlanFor(const Repair& repair, const Finding& finding);
  void LookAgain();

  const PlanningRequest& request_;
  PlannedRoot planned_;
  HomeModel view_;  // the home with this root as planned so far
  std::vector<Finding> findings_;
  std::map<std::string, Severity> initial_;  // of this root, by fingerprint
  std::set<std::string> answered_;           // fingerprints that got changes and have not gone since
  std::vector<Plan> plans_;
  std::map<std::string, Plan> refused_;                                       // by fingerprint
  std::map<std::string, std::pair<const Repair*, Finding>> without_changes_;  // by fingerprint
};

}  // namespace fleet::agent
