#include <memory>

#include "agent/qdrant/create.h"
#include "agent/qdrant/home_scene.h"
#include "agent/qdrant/optimize.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/restart.h"
#include "agent/qdrant/restore.h"
#include "agent/qdrant/revector.h"
#include "agent/repair/repairs/services.h"
#include "common/status.h"

namespace fleet::agent {

// The repairs of the Qdrant server that a home uses and of its collection (catalogue: "Repairs"). Each is one operation
// that plans, refuses and verifies by itself.

namespace {

using Report = absl::StatusOr<OperationReport>;
using Operation = Report (*)(const QdrantScene&);

Refusal RefusalOf(const absl::Status& status) { return {ReasonOf(status), MessageOf(status)}; }

absl::StatusOr<std::unique_ptr<HomeScene>> SceneOf(const ServiceContext& context) {
  if (context.homes.size() != 1) return Refuse("no_home", "the finding is not about one home's server");
  ASSIGN_OR_RETURN(std::unique_ptr<HomeScene> home,
                   HomeScene::Of(*context.homes.front(), context.settings, context.state, context.clock,
                                 [&context](std::chrono::milliseconds pause) { context.pause(pause); }, {}));
  // It may be somebody's for something else.
  if (!home->scene().target.wanted) {
    return Refuse("not_used",
                  "nothing in this home uses the server; the commands of dgmo-agent qdrant repair it on "
                  "request");
  }
  return home;
}

ServiceAnswer PlanWith(Operation plan, const ServiceContext& context) {
  const auto scene = SceneOf(context);
  if (!scene.ok()) return RefusalOf(scene.status());
  Report report = plan((*scene)->scene());
  if (!report.ok()) return RefusalOf(report.status());
  return ServicePlan{std::move(report->steps), ""};
}

ServiceOutcome ApplyWith(Operation run, const ServiceContext& context) {
  const auto scene = SceneOf(context);
  const Report report = scene.ok() ? run((*scene)->scene()) : Report(scene.status());
  if (!report.ok()) {
    return {IsRefusal(report.status()) ? Outcome::kRefused : Outcome::kFailed, ReasonOf(report.status()),
            MessageOf(report.status())};
  }
  std::string text;
  for (const std::string& step : report->steps) text += (text.empty() ? "" : "; ") + step;
  return {Outcome::kApplied, "", text.empty() ? "it was cured already" : text};
}

template <Operation plan>
ServiceAnswer PlanOf(const ServiceContext& context, const Finding&) {
  return PlanWith(plan, context);
}
template <Operation run>
ServiceOutcome ApplyOf(const ServiceContext& context, const Finding&) {
  return ApplyWith(run, context);
}

Report PlanRestart(const QdrantScene& scene) { return PlanQdrantRestart(scene, {}); }
Report RunRestart(const QdrantScene& scene) { return RunQdrantRestart(scene, {}); }
Report PlanCreate(const QdrantScene& scene) { return PlanQdrantCreate(scene, false); }
Report RunCreate(const QdrantScene& scene) { return RunQdrantCreate(scene, false); }
Report PlanConversion(const QdrantScene& scene) { return PlanRevector(scene, {}); }
Report RunConversion(const QdrantScene& scene) { return RunRevector(scene, {}); }
Report PlanRecovery(const QdrantScene& scene) { return PlanQdrantRestore(scene, {}); }
Report RunRecovery(const QdrantScene& scene) { return RunQdrantRestore(scene, {}); }

// What is there now may be what somebody wants, or newer than the snapshot: a person has to say which is right.
std::optional<Refusal> Undecided(const Finding& finding) {
  if (finding.code == "QDRANT_POINTS_DROP") {
    return Refusal{"needs_decision",
                   "points are gone, and whether on purpose is not known: bring them back with "
                   "dgmo-agent qdrant restore, or say with dgmo-agent qdrant accept that it is right"};
  }
  if (finding.code == "QDRANT_STATUS_RED") {
    return Refusal{"needs_decision",
                   "the collection may hold more than its newest snapshot: look at the server's "
                   "disk, memory and log first, then use dgmo-agent qdrant restore"};
  }
  return std::nullopt;
}

ServiceAnswer PlanRecover(const ServiceContext& context, const Finding& finding) {
  if (std::optional<Refusal> undecided = Undecided(finding)) return *std::move(undecided);
  return PlanWith(PlanRecovery, context);
}
ServiceOutcome ApplyRecover(const ServiceContext& context, const Finding& finding) {
  if (std::optional<Refusal> undecided = Undecided(finding)) {
    return {Outcome::kRefused, std::move(undecided->reason), std::move(undecided->text)};
  }
  return ApplyWith(RunRecovery, context);
}

}  // namespace

const ServiceRepair kQdrantRestart = {.id = "R-QDR-RESTART", .plan = PlanOf<PlanRestart>, .apply = ApplyOf<RunRestart>};
const ServiceRepair kQdrantRecover = {.id = "R-QDR-RECOVER", .plan = PlanRecover, .apply = ApplyRecover};
const ServiceRepair kQdrantCreate = {.id = "R-QDR-CREATE", .plan = PlanOf<PlanCreate>, .apply = ApplyOf<RunCreate>};
const ServiceRepair kQdrantRevector = {
    .id = "R-QDR-REVECTOR", .plan = PlanOf<PlanConversion>, .apply = ApplyOf<RunConversion>};
const ServiceRepair kQdrantOptimize = {
    .id = "R-QDR-OPTIMIZE", .plan = PlanOf<PlanQdrantOptimize>, .apply = ApplyOf<RunQdrantOptimize>};

}  // namespace fleet::agent
