#include "agent/repair/service_run.h"

#include <algorithm>
#include <utility>

#include "agent/checks/check.h"
#include "agent/probe/examine.h"
#include "agent/store/durable_file.h"
#include "common/rule_catalogue.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// What no repair of the machine or a service goes by, and takes long.
class ProbesForServices final : public ProbeRunner {
 public:
  explicit ProbesForServices(ProbeRunner& runner) : runner_(runner) {}
  bool Run(std::string_view name, absl::FunctionRef<void()> probe) override {
    for (const std::string_view slow : {"duplicates", "backups", "load", "mcp"}) {
      if (name == slow) return false;
    }
    return runner_.Run(name, probe);
  }
  std::vector<QuarantinedProbe> Quarantined() const override { return runner_.Quarantined(); }

 private:
  ProbeRunner& runner_;
};

// Of findings about one of several files of a home the file, of others what they are about.
std::string SubjectOf(const Finding& finding) { return finding.subject_id.empty() ? finding.path : finding.subject_id; }

bool IsHome(const HomePlan& plan) { return !plan.target.home.path.empty(); }

}  // namespace

bool ServiceRun::MayConcern(const std::vector<HomePlan>& homes) const {
  const RepairSelection& selection = parts_.selection;
  const auto is_service = [&](std::string_view id) {
    return std::any_of(parts_.repairs.begin(), parts_.repairs.end(),
                       [&](const ServiceRepair* repair) { return repair->id == id; });
  };
  const auto is_cured = [&](const std::string& code) {
    const Rule* rule = FindRule(code);
    return rule != nullptr && is_service(rule->repair);
  };
  if (parts_.repairs.empty() || !selection.session_id.empty()) return false;
  if (std::none_of(homes.begin(), homes.end(), IsHome)) return false;
  const auto& ids = selection.repairs;
  const auto& codes = selection.codes;
  return (ids.empty() || std::any_of(ids.begin(), ids.end(), is_service)) &&
         (codes.empty() || std::any_of(codes.begin(), codes.end(), is_cured));
}

void ServiceRun::Prepare(std::vector<HomePlan>& homes, bool to_apply) {
  if (!MayConcern(homes)) return;
  if (to_apply) TakeLock();
  if (!blocked_) LookAtInterrupted(to_apply);
  ProbesForServices probes(parts_.probes);
  std::vector<HomeModel> models;  // one list of them, as the probes of the machine want it
  for (HomePlan& home : homes) {
    ProbeHome(parts_.settings, probes, home.model);
    models.push_back(std::move(home.model));
  }
  machine_ = ProbeMachine(parts_.settings, probes, models);
  std::vector<const HomeModel*> all;
  for (std::size_t i = 0; i < homes.size(); ++i) {
    homes[i].model = std::move(models[i]);
    if (IsHome(homes[i])) all.push_back(&homes[i].model);
  }
  const std::int64_t now_ms = ToMillis(parts_.clock.Now());
  const std::vector<Finding> about_machine = CheckMachine(machine_, now_ms, parts_.settings);
  for (const HomeModel* home : all) {
    PlanSelected(CheckHome(*home, now_ms, parts_.settings, about_machine), *home, {home});
  }
  PlanSelected(about_machine, HomeModel(), all);
}

// One run at a time: the second would end what the first has just started.
void ServiceRun::TakeLock() {
  const std::string folder = parts_.state + "/services";
  absl::Status status = MakeFolder(folder);
  if (status.ok()) {
    absl::StatusOr<RootLock> lock = RootLock::Take(folder, parts_.state);
    if (lock.ok()) lock_ = *std::move(lock);
    status = lock.status();
  }
  if (absl::IsUnavailable(status)) {
    blocked_ = {"locked", "another run repairs services; try again when it is done"};
  } else if (!status.ok() && !absl::IsResourceExhausted(status)) {
    blocked_ = {"cannot_lock", MessageOf(status)};
  }
}

void ServiceRun::LookAtInterrupted(bool to_apply) {
  const absl::StatusOr<std::vector<std::string>> ids = ServiceRecord::Ids(parts_.state);
  if (!ids.ok()) return notes_.push_back(MessageOf(ids.status()));
  for (const std::string& id : *ids) {
    absl::StatusOr<ServiceRecord> record = ServiceRecord::Load(parts_.state, id);
    if (!record.ok()) {
      notes_.push_back(MessageOf(record.status()));
      continue;
    }
    const Plan* begun = record->Begun();
    if (begun == nullptr) continue;
    const std::string what = begun->repair + " on " + ToUtf8(begun->subject_id);
    notes_.push_back(to_apply ? "the run " + id + " was interrupted in " + what +
                                    ": whether that was done is not known, so it is looked at anew"
                              : "the run " + id + " was interrupted in " + what + ", or is still going on");
    if (!to_apply) continue;
    const RepairResult result{.repair = begun->repair,
                              .root = begun->root.path,
                              .subject_id = begun->subject_id,
                              .outcome = Outcome::kFailed,
                              .reason = "interrupted",
                              .text = "the agent ended before it did"};
    Count(result);
    if (const absl::Status ended = record->End(result); !ended.ok()) notes_.push_back(MessageOf(ended));
  }
}

void ServiceRun::PlanSelected(const std::vector<Finding>& findings, const HomeModel& of,
                              const std::vector<const HomeModel*>& homes) {
  const std::set<std::string> selected = parts_.selection.Select(of, findings);
  for (const ServiceRepair* repair : parts_.repairs) {
    if (!parts_.selection.repairs.empty() && !parts_.selection.Names(repair->id)) continue;
    for (const Finding& finding : findings) {
      if (finding.repair == repair->id && selected.contains(finding.fingerprint)) PlanOne(*repair, finding, homes);
    }
  }
}

void ServiceRun::PlanOne(const ServiceRepair& repair, const Finding& finding,
                         const std::vector<const HomeModel*>& homes) {
  for (Plan& plan : plans_) {
    // What cures the one fault of a subject cures the other, too.
    if (plan.repair != repair.id || plan.root.path != finding.root || plan.subject_id != SubjectOf(finding)) continue;
    plan.codes.push_back(finding.code);
    plan.fingerprints.push_back(finding.fingerprint);
    return;
  }
  Plan plan;
  plan.repair = repair.id;
  plan.root.path = finding.root;
  plan.subject_id = SubjectOf(finding);
  plan.codes = {finding.code};
  plan.fingerprints = {finding.fingerprint};
  plan.refusal = RefusalFor(repair, finding);
  const bool asked_for = !parts_.selection.repairs.empty() || !parts_.selection.codes.empty();
  if (plan.refusal && plan.refusal->reason == "needs_consent" && !asked_for) {
    left_alone_.push_back({finding, *std::move(plan.refusal)});
    return;
  }
  if (!plan.refusal) {
    ServiceAnswer answer = repair.plan(Context(homes), finding);
    if (auto* refusal = std::get_if<Refusal>(&answer)) {
      plan.refusal = std::move(*refusal);
    } else {
      auto& cure = std::get<ServicePlan>(answer);
      if (cure.steps.empty()) return;
      plan.sentences = std::move(cure.steps);
      plan.note = std::move(cure.note);
    }
  }
  if (!plan.refusal) works_.push_back({&repair, finding, homes, plans_.size()});
  plans_.push_back(std::move(plan));
}

std::optional<Refusal> ServiceRun::RefusalFor(const ServiceRepair& repair, const Finding& finding) const {
  if (repair.needs_consent && !parts_.selection.Consents(repair.id)) {
    const std::string id(repair.id);
    return Refusal{"needs_consent", id + " is only done on request; allow it with --consent " + id};
  }
  if (blocked_) return blocked_;
  return parts_.failures.WhyNotAgain(repair.id, finding.root, SubjectOf(finding));
}

ServiceContext ServiceRun::Context(const std::vector<const HomeModel*>& homes) const {
  return {.homes = homes,
          .machine = machine_,
          .settings = parts_.settings,
          .state = parts_.state,
          .clock = parts_.clock,
          .pause = parts_.pause};
}

std::vector<RepairResult> ServiceRun::Apply(const std::string& id) {
  std::vector<RepairResult> results;
  for (const Plan& plan : plans_) {
    if (!plan.refusal) continue;
    results.push_back({.repair = plan.repair,
                       .root = plan.root.path,
                       .subject_id = plan.subject_id,
                       .outcome = Outcome::kRefused,
                       .reason = plan.refusal->reason,
                       .text = plan.refusal->text});
  }
  std::vector<Plan> planned;
  for (const Work& work : works_) planned.push_back(plans_[work.plan]);
  ServiceRecord record(parts_.state, id, ToMillis(parts_.clock.Now()), std::move(planned));
  for (const Work& work : works_) {
    results.push_back(ApplyOne(work, record));
    Count(results.back());
    // What has been done is told of, whether or not that could be written down.
    if (const absl::Status ended = record.End(results.back()); !ended.ok()) notes_.push_back(MessageOf(ended));
  }
  return results;
}

RepairResult ServiceRun::ApplyOne(const Work& work, ServiceRecord& record) {
  const Plan& plan = plans_[work.plan];
  RepairResult result;
  result.repair = plan.repair;
  result.root = plan.root.path;
  result.subject_id = plan.subject_id;
  const absl::Status begun = record.Begin();
  if (!begun.ok() && !(work.repair->frees_space && absl::IsResourceExhausted(begun))) {
    result.reason = absl::IsResourceExhausted(begun) ? "no_space" : "cannot_write";
    result.text = "it could not be written down, so it was not begun: " + MessageOf(begun);
    return result;
  }
  ServiceOutcome outcome = work.repair->apply(Context(work.homes), work.finding);
  result.outcome = outcome.outcome;
  result.reason = std::move(outcome.reason);
  result.text = std::move(outcome.text);
  result.verified = result.outcome == Outcome::kApplied;
  return result;
}

// The counter only guards against trying for ever; that it cannot be written must not fail a repair.
void ServiceRun::Count(const RepairResult& result) {
  if (result.outcome == Outcome::kApplied) {
    static_cast<void>(parts_.failures.Clear(result.repair, result.root, result.subject_id));
  }
  if (result.outcome == Outcome::kFailed) {
    static_cast<void>(parts_.failures.Add(result.repair, result.root, result.subject_id));
  }
}

}  // namespace fleet::agent
