#include "agent/repair/planning.h"

#include <algorithm>
#include <utility>

#include "agent/checks/check.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// What one repair uncovers another one cures, a few times over at most.
constexpr int kPasses = 4;

void Claim(Plan& plan, const Finding& finding) {
  if (std::find(plan.fingerprints.begin(), plan.fingerprints.end(), finding.fingerprint) != plan.fingerprints.end()) {
    return;
  }
  plan.codes.push_back(finding.code);
  plan.fingerprints.push_back(finding.fingerprint);
}

}  // namespace

RootPlanning::RootPlanning(const PlanningRequest& request, Directory directory)
    : request_(request),
      planned_(std::move(directory), request.place, request.now_ms),
      view_(request.home),
      findings_(request.findings) {
  planned_.UseBackups(request.backups);
  for (const Finding& finding : findings_) {
    if (finding.root == planned_.model().root.path) initial_.emplace(finding.fingerprint, finding.severity);
  }
}

RootPlan RootPlanning::Run() {
  bool grew = true;
  for (int pass = 0; pass < kPasses && grew; ++pass) {
    grew = false;
    for (const Repair* repair : request_.repairs) grew |= PlanRepair(*repair);
  }
  for (const Finding& finding : findings_) {
    const auto idle = without_changes_.find(finding.fingerprint);
    if (idle == without_changes_.end()) continue;
    Refuse(*idle->second.first, finding, {"no_cure", finding.repair + " found nothing that it could change for it"});
  }
  DisclaimWhatStays();
  RootPlan result;
  result.root = planned_.model().root;
  result.live = planned_.model().live;
  std::erase_if(plans_, [](const Plan& plan) { return plan.steps.empty(); });
  result.plans = std::move(plans_);
  for (auto& [fingerprint, plan] : refused_) result.plans.push_back(std::move(plan));
  for (const Finding& finding : findings_) {
    if (finding.root != planned_.model().root.path || finding.severity == Severity::kP3) continue;
    const auto known = initial_.find(finding.fingerprint);
    if (known == initial_.end() || finding.severity < known->second) result.uncovered.push_back(finding);
  }
  return result;
}

bool RootPlanning::PlanRepair(const Repair& repair) {
  bool grew = false;
  const std::vector<Finding> findings = findings_;
  for (const Finding& finding : findings) {
    if (finding.root != planned_.model().root.path || finding.repair != repair.id || !Wants(repair, finding)) continue;
    grew |= PlanFinding(repair, finding);
  }
  if (grew) LookAgain();
  return grew;
}

// What is there from the start must be asked for; what a plan uncovers is part of that plan's work.
bool RootPlanning::Wants(const Repair& repair, const Finding& finding) const {
  const bool may = !repair.needs_consent || request_.selection.Consents(repair.id);
  if (!initial_.contains(finding.fingerprint)) return may;
  if (!request_.selected.contains(finding.fingerprint)) return false;
  return request_.selection.repairs.empty() ? may : request_.selection.Names(repair.id);
}

bool RootPlanning::PlanFinding(const Repair& repair, const Finding& finding) {
  if (answered_.contains(finding.fingerprint)) return false;
  if (std::optional<Refusal> refusal = RefusalFor(repair, finding)) {
    Refuse(repair, finding, *std::move(refusal));
    return false;
  }
  Answer answer = repair.plan(planned_, request_.home, finding);
  if (auto* refusal = std::get_if<Refusal>(&answer)) {
    Refuse(repair, finding, std::move(*refusal));
    return false;
  }
  return Accept(repair, finding, std::get<Cure>(std::move(answer)));
}

std::optional<Refusal> RootPlanning::RefusalFor(const Repair& repair, const Finding& finding) const {
  if (request_.root_refusal && !(repair.mends_owner && request_.taken_by_root)) return request_.root_refusal;
  if (repair.needs_consent && !request_.selection.Consents(repair.id)) {
    const std::string id(repair.id);
    return Refusal{"needs_consent", id + " is only done on request; allow it with --consent " + id};
  }
  return request_.refuse_repair(repair, finding.subject_id);
}

bool RootPlanning::Accept(const Repair& repair, const Finding& finding, Cure cure) {
  if (cure.changes.empty()) {
    CreditEarlierPlan(repair, finding);
    return false;
  }
  AddMissingDirectories(cure.changes);
  for (const Change& change : cure.changes) {
    if (std::optional<Refusal> refusal = request_.refuse_change(change)) {
      Refuse(repair, finding, *std::move(refusal));
      return false;
    }
  }
  absl::StatusOr<std::vector<Step>> steps = planned_.Add(std::move(cure.changes));
  if (!steps.ok()) {
    Refuse(repair, finding, {"cannot_read", MessageOf(steps.status())});
    return false;
  }
  Plan& plan = PlanFor(repair, finding);
  Claim(plan, finding);
  std::move(steps->begin(), steps->end(), std::back_inserter(plan.steps));
  if (!cure.note.empty() && plan.note.find(cure.note) == std::string::npos) {
    plan.note += (plan.note.empty() ? "" : "; ") + cure.note;
  }
  answered_.insert(finding.fingerprint);
  refused_.erase(finding.fingerprint);
  without_changes_.erase(finding.fingerprint);
  return !steps->empty();
}

// Nothing is left to do for a finding: the plan that changes a file of it has cured it too.
void RootPlanning::CreditEarlierPlan(const Repair& repair, const Finding& finding) {
  refused_.erase(finding.fingerprint);
  const auto concerns = [&](const Step& step) {
    const std::string path = AbsolutePathOf(planned_.model().root, step.change);
    return std::find(finding.paths.begin(), finding.paths.end(), path) != finding.paths.end();
  };
  for (Plan& plan : plans_) {
    if (plan.repair != repair.id || std::none_of(plan.steps.begin(), plan.steps.end(), concerns)) continue;
    Claim(plan, finding);
    return;
  }
  without_changes_[finding.fingerprint] = {&repair, finding};
}

// An index may be put right in part while a record that cannot be read keeps the rest of it as it is: the plan stands
// for what it cures. One that cures nothing of what it claims is left to fail.
void RootPlanning::DisclaimWhatStays() {
  std::map<std::string, const Finding*> present;
  for (const Finding& finding : findings_) present.emplace(finding.fingerprint, &finding);
  for (Plan& plan : plans_) {
    const std::vector<std::string> claims = plan.fingerprints;
    const auto stays = [&](const std::string& fingerprint) { return present.contains(fingerprint); };
    if (std::all_of(claims.begin(), claims.end(), stays)) continue;
    const auto repair = std::find_if(request_.repairs.begin(), request_.repairs.end(),
                                     [&](const Repair* each) { return each->id == plan.repair; });
    for (const std::string& fingerprint : claims) {
      if (!stays(fingerprint)) continue;
      const auto claim = std::find(plan.fingerprints.begin(), plan.fingerprints.end(), fingerprint);
      plan.codes.erase(plan.codes.begin() + (claim - plan.fingerprints.begin()));
      plan.fingerprints.erase(claim);
      Refuse(**repair, *present.at(fingerprint),
             {"no_cure", plan.repair + " cannot cure it as long as something that it depends on cannot be read"});
    }
  }
}

void RootPlanning::AddMissingDirectories(std::vector<Change>& changes) const {
  std::set<std::string> made;
  std::vector<Change> complete;
  for (Change& change : changes) {
    const std::string& path = PathOf(change);
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      const bool there = planned_.model().directories.contains(parent) || planned_.Stat(parent).ok();
      if (!there && made.insert(parent).second) complete.emplace_back(MakeDirectory{parent});
    }
    if (std::holds_alternative<MakeDirectory>(change) && !made.insert(path).second) continue;
    complete.push_back(std::move(change));
  }
  changes = std::move(complete);
}

void RootPlanning::Refuse(const Repair& repair, const Finding& finding, Refusal refusal) {
  Plan plan;
  plan.repair = repair.id;
  plan.root = planned_.model().root;
  plan.subject_id = finding.subject_id;
  plan.refusal = std::move(refusal);
  Claim(plan, finding);
  refused_[finding.fingerprint] = std::move(plan);
}

Plan& RootPlanning::PlanFor(const Repair& repair, const Finding& finding) {
  for (Plan& plan : plans_) {
    if (plan.repair == repair.id && plan.subject_id == finding.subject_id) return plan;
  }
  plans_.emplace_back();
  plans_.back().repair = repair.id;
  plans_.back().root = planned_.model().root;
  plans_.back().subject_id = finding.subject_id;
  return plans_.back();
}

void RootPlanning::LookAgain() {
  const auto is_this = [&](const RootModel& model) { return model.root.path == planned_.model().root.path; };
  const auto root = std::find_if(view_.roots.begin(), view_.roots.end(), is_this);
  // What is wrong with the configuration of a home is told by facts that only its files can give.
  if (root == view_.roots.end()) return;
  *root = planned_.model();
  findings_ = CheckHome(view_, request_.now_ms);
  std::set<std::string> present;
  for (const Finding& finding : findings_) present.insert(finding.fingerprint);
  std::erase_if(answered_, [&](const std::string& fingerprint) { return !present.contains(fingerprint); });
}

}  // namespace fleet::agent
