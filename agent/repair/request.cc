#include "agent/repair/request.h"

#include <algorithm>
#include <utility>

#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr int kMostParts = 100'000;
constexpr char kConsolidate[] = "R-CONSOLIDATE";
constexpr char kConsolidation[] = "CONSOLIDATION_REQUESTED";

}  // namespace

Finding RequestFor(std::string_view repair, std::string_view code, Severity worst, const std::string& root) {
  Finding finding;
  finding.code = code;
  finding.severity = worst;
  finding.root = root;
  finding.path = root;
  finding.paths = {root};
  finding.repair = repair;
  finding.fingerprint = Fingerprint(finding.code, root, "");
  return finding;
}

RepairSelection Requested(std::string_view repair, std::string_view code, std::vector<Finding> requests) {
  RepairSelection selection;
  selection.repairs = {std::string(repair)};
  selection.codes = {std::string(code)};  // not what checks say that the same repair cures
  selection.consent = {std::string(repair)};
  selection.requests = std::move(requests);
  return selection;
}

RepairSelection ConsolidationRequest(const std::string& into, const std::vector<std::string>& from) {
  Finding finding = RequestFor(kConsolidate, kConsolidation, Severity::kP1, into);
  finding.paths = from;
  return Requested(kConsolidate, kConsolidation, {std::move(finding)});
}

bool IsDone(const RepairRun& run) {
  return std::all_of(run.plans.begin(), run.plans.end(),
                     [](const Plan& plan) { return plan.refusal && plan.refusal->reason == "no_cure"; });
}

absl::Status ApplyInParts(RepairEngine& engine, const Target& target, const RepairSelection& request,
                          std::vector<RepairRun>& runs) {
  for (int part = 0; part < kMostParts; ++part) {
    ASSIGN_OR_RETURN(RepairRun run, engine.Apply({target}, request));
    if (IsDone(run)) break;
    runs.push_back(std::move(run));
    if (!runs.back().Complete()) break;
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
