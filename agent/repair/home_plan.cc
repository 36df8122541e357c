#include "agent/repair/home_plan.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/checks/check.h"
#include "agent/probe/backup_search.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "agent/repair/guards.h"
#include "agent/repair/home_place.h"
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

bool IsAboutRoot(const Finding& finding, const HomeModel& home) {
  return std::any_of(home.roots.begin(), home.roots.end(),
                     [&](const RootModel& model) { return model.root.path == finding.root; });
}

bool IsAboutHome(const Finding& finding, const HomeModel& home) {
  return !home.home.path.empty() && finding.root == home.home.path;
}

// A request of a person's names no path.
bool IsInHome(const std::string& path, const Home& home) {
  return path.empty() || path == home.path || path.starts_with(home.path + "/");
}

// Why a finding that has a repair is not planned at all; nullopt when it is.
std::optional<Refusal> WhyNot(const Finding& finding, const HomeModel& home, const PlanningContext& context) {
  const Repair* repair = Find(context.repairs, finding.repair);
  if (finding.repair == "R-BACKUP") return Refusal{"own_command", "run `dgmo-agent backup`"};
  if (finding.repair == "R-RESTORE") {
    return Refusal{"own_command",
                   "run `dgmo-agent restore --dry-run`, and without --dry-run when it shows what is missed"};
  }
  if (repair == nullptr) return Refusal{"not_in_this_version", "this version does not have " + finding.repair};
  if (!IsAboutRoot(finding, home) && !(repair->in_home && IsAboutHome(finding, home))) {
    return Refusal{"outside_roots", finding.repair + " works inside a data root, and this is about none"};
  }
  if (!IsAboutRoot(finding, home) && !IsInHome(finding.path, home.home)) {
    return Refusal{"outside_home",
                   ToUtf8(finding.path) + " lies outside the home and is left as it is; see to it by hand"};
  }
  const RepairSelection& selection = context.selection;
  if (!repair->needs_consent || selection.Consents(repair->id) || selection.Names(repair->id)) return std::nullopt;
  return Refusal{"needs_consent",
                 finding.repair + " is only done on request; allow it with --consent " + finding.repair};
}

bool IsService(std::string_view id, const PlanningContext& context) {
  return std::any_of(context.services.begin(), context.services.end(),
                     [&](const ServiceRepair* repair) { return repair->id == id; });
}

// What nobody asked for by name is left alone; what somebody did is refused.
void SortOut(HomePlan& plan, const PlanningContext& context) {
  const RepairSelection& selection = context.selection;
  for (const Finding& finding : plan.findings) {
    if (finding.repair.empty() || !plan.selected.contains(finding.fingerprint)) continue;
    if (!selection.repairs.empty() && !selection.Names(finding.repair)) continue;
    if (IsService(finding.repair, context)) continue;  // whose turn comes later
    std::optional<Refusal> why = WhyNot(finding, plan.model, context);
    if (!why) continue;
    plan.selected.erase(finding.fingerprint);
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
  const bool may_while_live =
      repair.while_live || (repair.while_live_with_consent && context.selection.Consents(repair.id));
  if (model.live && !may_while_live) return LiveRefusal(model.root);
  return context.failures.WhyNotAgain(repair.id, model.root.path, subject);
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

// The archives in the usual places, for documents that cannot be had otherwise.
std::shared_ptr<BackupCopies> BackupsOf(const HomeModel& home, const RootModel& root) {
  std::vector<BackupCopies::Candidate> archives;
  for (const FoundBackup& found : SearchBackups(home, {}).found) {
    if (found.what.kind != BackupKind::kSessions || found.manifest.inode == 0) continue;
    archives.push_back({found.folder, found.name, found.what});
  }
  std::set<std::string> damaged;
  for (const auto& [path, document] : root.damaged) damaged.insert(path);
  return std::make_shared<BackupCopies>(std::move(archives), root.root, std::move(damaged));
}

absl::StatusOr<RootPlan> PlanPlace(const HomePlan& home, const RootModel& model, std::span<const Repair* const> repairs,
                                   const PlanningContext& context) {
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(model.root.path));
  ASSIGN_OR_RETURN(const Directory disk, Directory::OpenRoot(model.root.path));
  const uid_t user = ServedUser(home.target.home, model.root);
  const auto refuse_repair = [&](const Repair& repair, const std::string& subject) {
    return RefuseRepair(repair, subject, model, context);
  };
  const auto refuse_change = [&](const Change& change) { return ChangeRefusal(disk, model.root.kind, change, user); };
  const std::optional<Refusal> not_now = RefuseRoot(model, home.target.home, directory, context);
  const PlanningRequest request = {
      .home = home.model,
      .place = model,
      .findings = home.findings,
      .selected = home.selected,
      .selection = context.selection,
      .repairs = repairs,
      .now_ms = context.now_ms,
      .backups = BackupsOf(home.model, model),
      .root_refusal = not_now,
      .taken_by_root = not_now && not_now->reason == "foreign_owner" && model.root.owner == 0 && geteuid() == 0,
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

// Backups are read to their ends, so only where a repair that may be done asks for it.
bool NeedsBackups(const PlanningContext& context) {
  return std::any_of(context.repairs.begin(), context.repairs.end(), [&](const Repair* repair) {
    return repair->needs_backups && (!repair->needs_consent || context.selection.Consents(repair->id));
  });
}

}  // namespace

absl::StatusOr<HomeModel> ReadHome(const Target& target, absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  absl::StatusOr<HomeModel> model = Inspect(target, pause);
  if (model.ok() && !model->home.path.empty()) ProbeConfig({}, *model);
  return model;
}

absl::StatusOr<HomePlan> PlanHome(const Target& target, const PlanningContext& context) {
  HomePlan plan;
  plan.target = target;
  ASSIGN_OR_RETURN(plan.model, ReadHome(target, context.pause));
  if (!plan.model.home.path.empty() && NeedsBackups(context)) ProbeBackups({}, plan.model);
  plan.findings = CheckHome(plan.model, context.now_ms);
  plan.selected = context.selection.Select(plan.model, plan.findings);
  for (const Finding& request : context.selection.requests) {
    if (!IsAboutHome(request, plan.model) && !IsAboutRoot(request, plan.model)) continue;
    plan.findings.push_back(request);
    plan.selected.insert(request.fingerprint);
  }
  SortOut(plan, context);
  for (const RootModel& model : plan.model.roots) {
    ASSIGN_OR_RETURN(RootPlan root, PlanPlace(plan, model, context.repairs, context));
    plan.roots.push_back(std::move(root));
  }
  if (plan.model.home.path.empty()) return plan;
  std::vector<const Repair*> of_home(context.repairs.begin(), context.repairs.end());
  std::erase_if(of_home, [](const Repair* repair) { return !repair->in_home; });
  ASSIGN_OR_RETURN(RootPlan home, PlanPlace(plan, HomePlace(plan.model), of_home, context));
  plan.roots.push_back(std::move(home));
  return plan;
}

}  // namespace fleet::agent
