#include "agent/qdrant/optimize.h"

#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kLooks = 30;

struct State {
  std::string status;
  std::string error;  // of the optimiser
};

absl::StatusOr<State> Look(const QdrantScene& scene) {
  ASSIGN_OR_RETURN(const auto info, scene.admin.Find(scene.target.collection));
  if (!info) return Refuse("missing", "the server has no collection " + ToUtf8(scene.target.collection));
  const std::optional<CollectionFacts> facts = ParseCollection(*info);
  if (!facts) return Fail("wrong_service", "the collection cannot be understood");
  return State{facts->status, facts->optimizer_error};
}

absl::Status RefuseBroken(const State& state) {
  if (state.status != "red") return absl::OkStatus();
  return Refuse("status_red", "the collection is red" + (state.error.empty() ? "" : ": " + ToUtf8(state.error)) +
                                  "; look at the server's disk, memory and log first");
}

}  // namespace

absl::StatusOr<OperationReport> PlanQdrantOptimize(const QdrantScene& scene) {
  ASSIGN_OR_RETURN(const State state, Look(scene));
  RETURN_IF_ERROR(RefuseBroken(state));
  OperationReport report;
  report.facts["status"] = ToUtf8(state.status);
  if (state.status == "grey" || !state.error.empty()) {
    report.steps = {"have the server begin the optimisations of " + ToUtf8(scene.target.collection) +
                    " that wait; no setting is changed"};
  }
  return report;
}

absl::StatusOr<OperationReport> RunQdrantOptimize(const QdrantScene& scene) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  ASSIGN_OR_RETURN(OperationReport report, PlanQdrantOptimize(scene));
  if (report.steps.empty()) return report;
  RETURN_IF_ERROR(scene.admin.Patch(scene.target.collection, {{"optimizers_config", Json::object()}}));
  for (int i = 0; i < kLooks; ++i) {
    ASSIGN_OR_RETURN(const State state, Look(scene));
    report.facts["status"] = ToUtf8(state.status);
    if (state.status != "grey" && state.error.empty()) {
      report.steps = {"the server optimises " + ToUtf8(scene.target.collection) + ", which is " + ToUtf8(state.status)};
      return report;
    }
    scene.pause(std::chrono::seconds(2));
  }
  return Fail("not_verified",
              "the server took the request, but its optimiser has not begun; look at its disk, memory "
              "and log");
}

absl::StatusOr<OperationReport> RunQdrantIndex(const QdrantScene& scene, const std::string& field,
                                               const std::string& type) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  ASSIGN_OR_RETURN(const State state, Look(scene));
  RETURN_IF_ERROR(RefuseBroken(state));
  RETURN_IF_ERROR(scene.admin.IndexPayload(scene.target.collection, field, type));
  OperationReport report;
  report.steps = {"the field " + ToUtf8(field) + " of " + ToUtf8(scene.target.collection) + " has an index"};
  report.facts = {{"field", ToUtf8(field)}, {"type", ToUtf8(type)}};
  return report;
}

}  // namespace fleet::agent
