#include "agent/policy/unasked_repairs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agent/checks/root_view.h"
#include "agent/policy/auto_repair_memory.h"
#include "agent/repair/repair.h"
#include "agent/repair/service_repair.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr char kFileName[] = "auto-repair.json";
constexpr std::int64_t kLargest = std::int64_t{64} << 20;

AutoRepairMemory ReadMemory(const std::string& state) {
  const absl::StatusOr<std::string> text = ReadFile(state + "/" + kFileName, kLargest);
  if (absl::IsNotFound(text.status())) return {};
  absl::StatusOr<AutoRepairMemory> memory = text.ok() ? MemoryFromText(*text) : text.status();
  if (memory.ok()) return *std::move(memory);
  spdlog::warn("auto_repair_afresh file=\"{}\" why=\"{}\"", ToPrintable(state + "/" + kFileName),
               ToPrintable(MessageOf(memory.status())));
  return {};
}

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Of repairs that this version has; nullopt for others.
std::optional<bool> NeedsConsent(std::string_view repair) {
  if (const Repair* files = FindRepair(repair)) return files->needs_consent;
  if (const ServiceRepair* service = FindServiceRepair(repair)) return service->needs_consent;
  return std::nullopt;
}

std::vector<RepairCandidate> CandidatesOf(const std::vector<Finding>& findings, const std::set<std::string>& live,
                                          const std::vector<std::string>& consent) {
  std::vector<RepairCandidate> candidates;
  for (const Finding& finding : findings) {
    if (finding.repair.empty() || !finding.refusal.empty()) continue;
    const std::optional<bool> needs_consent = NeedsConsent(finding.repair);
    if (!needs_consent) continue;
    candidates.push_back({.fingerprint = finding.fingerprint,
                          .code = finding.code,
                          .repair = finding.repair,
                          .root = finding.root,
                          .subject = finding.subject_id,
                          .safe = finding.auto_repair,
                          .consented = !*needs_consent || Contains(consent, finding.repair),
                          .live = live.contains(finding.root)});
  }
  return candidates;
}

// One of each kind of fault in each root, however many subjects have it.
std::vector<Finding> RecoveryFailures(const std::vector<const RepairedFault*>& stopped, std::int64_t now_ms) {
  std::map<std::pair<std::string, std::string>, std::vector<const RepairedFault*>> kinds;
  for (const RepairedFault* fault : stopped) kinds[{fault->root, fault->code}].push_back(fault);
  std::vector<Finding> findings;
  for (const auto& [kind, faults] : kinds) {
    Finding finding = DraftFinding("AGENT_RECOVERY_FAILED", "", kind.first, kind.second, {kind.first});
    finding.evidence["faults"] = static_cast<std::int64_t>(faults.size());
    finding.evidence["repair"] = faults.front()->repair;
    finding.evidence["why"] = faults.front()->why;
    finding.first_seen_ms = finding.last_seen_ms = now_ms;
    findings.push_back(std::move(finding));
  }
  return findings;
}

bool Overlap(const std::string& a, const std::string& b) { return a.starts_with(b) || b.starts_with(a); }

struct Told {
  FaultOutcome outcome = FaultOutcome::kRefused;
  std::string why;
};

Told ToldBy(const RepairResult& result) {
  const std::string why = result.reason + ": " + result.text;
  if (result.outcome == Outcome::kApplied) return {FaultOutcome::kRepaired, ""};
  if (result.outcome == Outcome::kFailed) return {FaultOutcome::kFailed, why};
  return {result.reason == "failed_twice" ? FaultOutcome::kGivenUp : FaultOutcome::kRefused, why};
}

// By fingerprint. What the run says nothing of had gone by itself, or was somebody else's turn.
std::map<std::string, Told> OutcomesOf(const RepairRun& run) {
  std::map<std::string, Told> told;
  for (const Plan& plan : run.plans) {
    for (const RepairResult& result : run.results) {
      if (result.repair != plan.repair || result.root != plan.root.path || result.subject_id != plan.subject_id)
        continue;
      for (const std::string& fingerprint : plan.fingerprints) told[fingerprint] = ToldBy(result);
    }
  }
  return told;
}

}  // namespace

UnaskedRepairs::UnaskedRepairs(Parts parts)
    : parts_(std::move(parts)), policy_(parts_.settings, ReadMemory(parts_.state)) {}

UnaskedRepairs::Outlook UnaskedRepairs::Consider(std::vector<Finding>& findings, const std::set<std::string>& live,
                                                 const std::vector<std::string>& unknown) {
  const RepairPolicy policy = parts_.policy();
  if (policy != last_policy_) spdlog::info("auto_repair_policy is={}", RepairPolicyText(policy));
  last_policy_ = policy;
  AutoRepair::Decision decision =
      policy_.Look(Now(), policy, CandidatesOf(findings, live, parts_.consent), UnknownFaults(unknown));
  for (const std::string& note : decision.notes) spdlog::warn("auto_repair_repeats what=\"{}\"", ToPrintable(note));
  for (Finding& failure : RecoveryFailures(policy_.Stopped(), Now())) findings.push_back(std::move(failure));
  choice_ = std::move(decision.choice);
  if (choice_ && policy == RepairPolicy::kObserve) {
    std::erase_if(choice_->fingerprints, [&](const std::string& fingerprint) { return told_.contains(fingerprint); });
    if (choice_->fingerprints.empty()) choice_.reset();
  }
  Remember();
  Outlook outlook;
  outlook.due = choice_.has_value();
  if (decision.look_again_ms) outlook.look_again = std::chrono::milliseconds(*decision.look_again_ms);
  return outlook;
}

std::vector<std::string> UnaskedRepairs::UnknownFaults(const std::vector<std::string>& unknown) const {
  std::vector<std::string> faults;
  for (const auto& [fingerprint, fault] : policy_.memory().faults) {
    const std::string& root = fault.root;
    if (std::any_of(unknown.begin(), unknown.end(), [&](const auto& path) { return Overlap(path, root); })) {
      faults.push_back(fingerprint);
    }
  }
  return faults;
}

void UnaskedRepairs::Run() {
  if (!choice_ || parts_.policy() != last_policy_) return;
  RepairSelection selection;
  selection.repairs = {choice_->repair};
  selection.fingerprints = {choice_->fingerprints.begin(), choice_->fingerprints.end()};
  // No more: consent to some repairs also means that dgmo may run meanwhile.
  if (NeedsConsent(choice_->repair) == true) selection.consent = {choice_->repair};
  if (last_policy_ == RepairPolicy::kObserve) {
    Observe(selection);
  } else {
    Repair(selection);
  }
  choice_.reset();
}

void UnaskedRepairs::Observe(const RepairSelection& selection) {
  told_.insert(selection.fingerprints.begin(), selection.fingerprints.end());
  const absl::StatusOr<RepairRun> run = parts_.run(selection, false);
  if (!run.ok()) {
    spdlog::warn("auto_repair_would_fail repair={} error=\"{}\"", choice_->repair,
                 ToPrintable(MessageOf(run.status())));
    return;
  }
  for (const Plan& plan : run->plans) {
    spdlog::info("auto_repair_would repair={} subject={} steps={} refusal={}", plan.repair,
                 ToPrintable(plan.subject_id), plan.steps.size() + plan.sentences.size(),
                 plan.refusal ? plan.refusal->reason : "none");
  }
}

void UnaskedRepairs::Repair(const RepairSelection& selection) {
  policy_.OnBegin(Now(), *choice_);
  // What is not written down could be tried for ever.
  if (!Remember()) {
    for (const std::string& fingerprint : choice_->fingerprints) {
      policy_.OnOutcome(Now(), fingerprint, FaultOutcome::kRefused, "");
    }
    return;
  }
  const absl::StatusOr<RepairRun> run = parts_.run(selection, true);
  if (!run.ok()) {
    spdlog::warn("auto_repair_could_not_run repair={} error=\"{}\"", choice_->repair,
                 ToPrintable(MessageOf(run.status())));
  }
  std::map<std::string, Told> told;
  if (run.ok()) told = OutcomesOf(*run);
  int repaired = 0;
  for (const std::string& fingerprint : choice_->fingerprints) {
    const Told& one = told[fingerprint];
    policy_.OnOutcome(Now(), fingerprint, one.outcome, one.why);
    repaired += one.outcome == FaultOutcome::kRepaired ? 1 : 0;
    if (one.outcome == FaultOutcome::kFailed || one.outcome == FaultOutcome::kGivenUp) {
      spdlog::warn("auto_repair_failed repair={} fault={} why=\"{}\"", choice_->repair, fingerprint,
                   ToPrintable(one.why));
    }
  }
  if (repaired > 0) {
    spdlog::info("auto_repaired repair={} faults={} journal={}", choice_->repair, repaired, run->journal);
  }
  Remember();
}

// Whether what the policy knows is on the disk.
bool UnaskedRepairs::Remember() {
  AutoRepairMemory now;
  now.runs = policy_.memory().runs;
  for (const auto& [fingerprint, fault] : policy_.memory().faults) {
    if (fault.tried_ms > 0) now.faults.emplace(fingerprint, fault);
  }
  if (now == remembered_) return true;
  absl::Status written = MakeFolder(parts_.state);
  if (written.ok()) written = WriteDurably(parts_.state + "/" + kFileName, MemoryText(now));
  if (!written.ok()) {
    spdlog::warn("auto_repair_not_remembered error=\"{}\"", ToPrintable(MessageOf(written)));
    return false;
  }
  remembered_ = std::move(now);
  return true;
}

}  // namespace fleet::agent
