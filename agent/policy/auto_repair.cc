#include "agent/policy/auto_repair.h"

#include <algorithm>
#include <set>
#include <utility>

namespace fleet::agent {

namespace {

constexpr std::string_view kPolicies[] = {"off", "observe", "safe", "all"};

// From what only adds to what takes away; what is not named comes last.
constexpr std::string_view kLadder[] = {
    "R-INDEX",   "R-DIRS",         "R-SUBSESSION-SYNTH", "R-SESSION-RECOVER", "R-TMP",
    "R-FDLIMIT", "R-LOGROTATE",    "R-QDR-OPTIMIZE",     "R-CONFIG-CREATE",   "R-ENCODING",
    "R-PERM",    "R-FILE-RECOVER", "R-QUARANTINE",       "R-QDR-CREATE"};

std::ptrdiff_t RankOf(std::string_view repair) {
  return std::find(std::begin(kLadder), std::end(kLadder), repair) - std::begin(kLadder);
}

bool IsMilder(const RepairCandidate& a, const RepairCandidate& b) {
  return std::pair(RankOf(a.repair), std::string_view(a.repair)) <
         std::pair(RankOf(b.repair), std::string_view(b.repair));
}

bool MayRepair(RepairPolicy policy, const RepairCandidate& candidate) {
  switch (policy) {
    case RepairPolicy::kOff: return false;
    case RepairPolicy::kAll: return candidate.consented;
    default: return candidate.safe && candidate.consented;
  }
}

void Earlier(std::optional<std::int64_t>& earliest, std::int64_t time) {
  if (!earliest || time < *earliest) earliest = time;
}

}  // namespace

std::string_view RepairPolicyText(RepairPolicy policy) { return kPolicies[static_cast<int>(policy)]; }

std::optional<RepairPolicy> RepairPolicyOf(std::string_view text) {
  for (const RepairPolicy policy :
       {RepairPolicy::kOff, RepairPolicy::kObserve, RepairPolicy::kSafe, RepairPolicy::kAll}) {
    if (text == RepairPolicyText(policy)) return policy;
  }
  return std::nullopt;
}

AutoRepair::AutoRepair(const AutoRepairSettings& settings, AutoRepairMemory memory)
    : settings_(settings), memory_(std::move(memory)) {
  for (auto& [fingerprint, fault] : memory_.faults) {
    if (fault.running)
      OnOutcome(fault.tried_ms, fingerprint, FaultOutcome::kFailed, "the agent ended while repairing it");
  }
}

AutoRepair::Decision AutoRepair::Look(std::int64_t now_ms, RepairPolicy policy, std::span<const RepairCandidate> seen,
                                      const std::vector<std::string>& unknown) {
  Decision decision;
  Forget(now_ms);
  Sentences told;
  for (const RepairCandidate& candidate : seen) Arrive(now_ms, candidate, told);
  for (const auto& [sentence, subjects] : told) {
    decision.notes.push_back(sentence + (subjects == 1 ? "" : " (" + std::to_string(subjects) + " subjects)"));
  }
  Leave(now_ms, seen, unknown);
  std::optional<std::int64_t> next;
  const RepairCandidate* mildest = nullptr;
  std::vector<const RepairCandidate*> due;
  for (const RepairCandidate& candidate : seen) {
    const RepairedFault& fault = memory_.faults.at(candidate.fingerprint);
    if (fault.stopped || candidate.live || !MayRepair(policy, candidate)) continue;
    const std::int64_t when = std::max(DueAt(fault), BudgetAt(candidate.repair).value_or(0));
    if (when > now_ms) {
      Earlier(next, when);
      continue;
    }
    due.push_back(&candidate);
    if (mildest == nullptr || IsMilder(candidate, *mildest)) mildest = &candidate;
  }
  if (next) decision.look_again_ms = *next - now_ms;
  if (mildest == nullptr) return decision;
  decision.choice.emplace().repair = mildest->repair;
  for (const RepairCandidate* candidate : due) {
    if (candidate->repair == mildest->repair) decision.choice->fingerprints.push_back(candidate->fingerprint);
  }
  return decision;
}

// What has stayed away long enough, and runs that are out of the window. A clock that was set back forgets nothing
// before its time, but does not wait for the future either.
void AutoRepair::Forget(std::int64_t now_ms) {
  for (auto& [fingerprint, fault] : memory_.faults) {
    fault.since_ms = std::min(fault.since_ms, now_ms);
    fault.tried_ms = std::min(fault.tried_ms, now_ms);
    fault.repaired_ms = std::min(fault.repaired_ms, now_ms);
  }
  std::erase_if(memory_.faults, [&](const auto& entry) {
    const RepairedFault& fault = entry.second;
    if (fault.present) return false;
    return fault.tried_ms == 0 || now_ms - fault.since_ms >= settings_.probation_ms;
  });
  for (auto& [repair, runs] : memory_.runs) {
    for (std::int64_t& run : runs) run = std::min(run, now_ms);
    std::erase_if(runs, [&](std::int64_t run) { return now_ms - run >= settings_.window_ms; });
  }
  std::erase_if(memory_.runs, [](const auto& entry) { return entry.second.empty(); });
}

void AutoRepair::Arrive(std::int64_t now_ms, const RepairCandidate& candidate, Sentences& told) {
  RepairedFault& fault = memory_.faults[candidate.fingerprint];
  fault.code = candidate.code;
  fault.repair = candidate.repair;
  fault.root = candidate.root;
  fault.subject = candidate.subject;
  if (candidate.live) fault.since_ms = now_ms;
  if (fault.present) return;
  fault.present = true;
  fault.since_ms = now_ms;
  if (fault.repaired_ms == 0) return;
  fault.repaired_ms = 0;
  ++fault.returns;
  const std::string times = std::to_string(fault.returns) + (fault.returns == 1 ? " time" : " times");
  const std::string name = fault.code + " in " + fault.root;
  ++told[name + " came back after " + fault.repair + ", " + times + " so far"];
  if (fault.returns < settings_.most_returns) return;
  fault.stopped = true;
  fault.why = "it came back " + times + " after " + fault.repair;
  ++told[name + " is not repaired any more: " + fault.why];
}

void AutoRepair::Leave(std::int64_t now_ms, std::span<const RepairCandidate> seen,
                       const std::vector<std::string>& unknown) {
  std::set<std::string_view> there(unknown.begin(), unknown.end());
  for (const RepairCandidate& candidate : seen) there.insert(candidate.fingerprint);
  for (auto& [fingerprint, fault] : memory_.faults) {
    if (!fault.present || there.contains(fingerprint)) continue;
    fault.present = false;
    fault.since_ms = now_ms;
  }
}

std::int64_t AutoRepair::DueAt(const RepairedFault& fault) const {
  const std::int64_t settled = fault.since_ms + settings_.settling_ms;
  return fault.tried_ms == 0 ? settled : std::max(settled, fault.tried_ms + settings_.cooldown_ms);
}

// When the kind of repair may run again; nullopt: now.
std::optional<std::int64_t> AutoRepair::BudgetAt(std::string_view repair) const {
  const auto runs = memory_.runs.find(repair);
  if (runs == memory_.runs.end() || static_cast<int>(runs->second.size()) < settings_.budget) return std::nullopt;
  return *std::min_element(runs->second.begin(), runs->second.end()) + settings_.window_ms;
}

void AutoRepair::OnBegin(std::int64_t now_ms, const RepairChoice& choice) {
  memory_.runs[choice.repair].push_back(now_ms);
  for (const std::string& fingerprint : choice.fingerprints) {
    memory_.faults[fingerprint].tried_ms = now_ms;
    memory_.faults[fingerprint].running = true;
  }
}

void AutoRepair::OnOutcome(std::int64_t now_ms, const std::string& fingerprint, FaultOutcome outcome,
                           const std::string& why) {
  RepairedFault& fault = memory_.faults[fingerprint];
  fault.running = false;
  switch (outcome) {
    case FaultOutcome::kRepaired:
      // Verified to be gone: to be seen again, it must come back.
      ++fault.repairs;
      fault.failures = 0;
      fault.repaired_ms = now_ms;
      fault.present = false;
      fault.since_ms = now_ms;
      return;
    case FaultOutcome::kRefused: return;
    case FaultOutcome::kFailed:
      if (++fault.failures < settings_.most_failures) return;
      [[fallthrough]];
    case FaultOutcome::kGivenUp:
      fault.stopped = true;
      fault.why = why;
      return;
  }
}

std::vector<const RepairedFault*> AutoRepair::Stopped() const {
  std::vector<const RepairedFault*> stopped;
  for (const auto& [fingerprint, fault] : memory_.faults) {
    if (fault.stopped && fault.present) stopped.push_back(&fault);
  }
  return stopped;
}

}  // namespace fleet::agent
