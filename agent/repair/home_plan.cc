#include "agent/repair/home_plan.h"

#include <algorithm>
#include <utility>

#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/repair/guards.h"
#include "agent/repair/path_change.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

const Repair* Find(std::span<const Repair* const> repairs, std::string_view id) {
  const auto found =
      std::find_if(repairs.begin(), repairs.end(), [&](const Repair* repair) { return repair->id == id; });
  return found == repairs.end() ? nullptr : *found;
}

// Why a finding that has a repair is not planned at all; nullopt when it is.
std::optional<Refusal> WhyNot(const Finding& finding, const HomeModel& home, const PlanningContext& context) {
  const Repair* repair = Find(context.repairs, finding.repair);
  if (repair == nullptr) return Refusal{"not_in_this_version", "this version does not have " + finding.repair};
  if (std::none_of(home.roots.begin(), home.roots.end(),
                   [&](const RootModel& model) { return model.root.path == finding.root; })) {
    return Refusal{"outside_roots", finding.repair + " works inside a data root, and this is about none"};
  }
  const RepairSelection& selection = context.selection;
  if (!repair->needs_consent || selection.Consents(repair->id) || selection.Names(repair->id)) return std::nullopt;
  return Refusal{"needs_consent",
                 finding.repair + " is only done on request; allow it with --consent " + finding.repair};
}

// What nobody asked for by name is left alone; what somebody did is refused.
void SortOut(HomePlan& plan, const PlanningContext& context) {
  const RepairSelection& selection = context.selection;
  for (const Finding& finding : plan.findings) {
    if (finding.repair.empty() || !plan.selected.contains(finding.fingerprint)) continue;
    if (!selection.repairs.empty() && !selection.Names(finding.repair)) continue;
    std::optional<Refusal> why = WhyNot(finding, plan.model, context);
    if (!why) continue;
    if (selection.repairs.empty() && selection.codes.empty()) {
      plan.left_alone.push_back({finding, *std::move(why)});
      continue;
    }
    Plan refused;
    refused.repair = finding.repair;
    refused.root.path = finding.root;
    refused.subject_id = finding.subject_id;
    refused.codes = {finding.code};
    refused.fingerprints = {finding.fingerprint};
    refused.refusal = std::move(why);
    plan.refused.push_back(std::move(refused));
  }
}

std::optional<Refusal> RefuseRepair(const Repair& repair, const std::string& subject, const RootModel& model,
                                    const PlanningContext& context) {
  const bool may_while_live = repair.while_live_with_consent && context.selection.Consents(repair.id);
  if (model.live && !may_while_live) return LiveRefusal(model.root);
  if (context.failures.Count(repair.id, model.root.path, subject) < FailureCounter::kLimit) return std::nullopt;
  return Refusal{"failed_twice",
                 std::string(repair.id) + " failed twice on it; look at `dgmo-agent journal` and escalate"};
}

std::optional<Refusal> RefuseRoot(const RootModel& model, const Home& home, const Directory& directory,
                                  const PlanningContext& context) {
  if (const auto blocked = context.blocked.find(model.root.path); blocked != context.blocked.end()) {
    return blocked->second;
  }
  if (!context.locks.contains(model.root.path)) {
    return Refusal{"locked", ToUtf8(model.root.path) + " appeared just now; run it again"};
  }
  return RootRefusal(model, home, directory);
}

void RefuseAll(std::vector<Plan>& plans, const Refusal& refusal) {
  for (Plan& plan : plans) {
    if (plan.refusal) continue;
    plan.refusal = refusal;
    plan.steps.clear();
  }
}

absl::StatusOr<RootPlan> PlanOneRoot(const HomePlan& home, std::size_t index, const PlanningContext& context) {
  const RootModel& model = home.model.roots[index];
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(model.root.path));
  ASSIGN_OR_RETURN(const Directory disk, Directory::OpenRoot(model.root.path));
  const uid_t user = ServedUser(home.target.home, model.root);
  const auto refuse_repair = [&](const Repair& repair, const std::string& subject) {
    return RefuseRepair(repair, subject, model, context);
  };
  const auto refuse_change = [&](const Change& change) { return ChangeRefusal(disk, change, user); };
  const PlanningRequest request = {
      .home = home.model,
      .root = index,
      .findings = home.findings,
      .selected = home.selected,
      .selection = context.selection,
      .repairs = context.repairs,
      .now_ms = context.now_ms,
      .root_refusal = RefuseRoot(model, home.target.home, directory, context),
      .refuse_repair = refuse_repair,
      .refuse_change = refuse_change,
  };
  RootPlan plan = RootPlanning(request, std::move(directory)).Run();
  const std::int64_t bytes = BackupBytes(FoldSteps(plan.plans));
  if (const auto refusal = SpaceRefusal(model.root.path, context.state, bytes)) {
    RefuseAll(plan.plans, *refusal);
    plan.uncovered.clear();
  }
  return plan;
}

}  // namespace

absl::StatusOr<HomePlan> PlanHome(const Target& target, const PlanningContext& context) {
  HomePlan plan;
  plan.target = target;
  ASSIGN_OR_RETURN(plan.model, Inspect(target, context.pause));
  plan.findings = CheckHome(plan.model, context.now_ms);
  plan.selected = context.selection.Select(plan.model, plan.findings);
  SortOut(plan, context);
  for (std::size_t index = 0; index < plan.model.roots.size(); ++index) {
    ASSIGN_OR_RETURN(RootPlan root, PlanOneRoot(plan, index, context));
    plan.roots.push_back(std::move(root));
  }
  return plan;
}

}  // namespace fleet::agent
