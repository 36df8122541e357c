#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// What the agent may repair without being asked.
enum class RepairPolicy : std::uint8_t {
  kOff,      // nothing
  kObserve,  // nothing, but it tells what kSafe would do
  kSafe,     // what the rule catalogue calls safe to do unasked
  kAll       // everything that needs no consent, or was consented to in the configuration
};
std::string_view RepairPolicyText(RepairPolicy policy);  // "off", "observe", "safe", "all"
std::optional<RepairPolicy> RepairPolicyOf(std::string_view text);

// How patient it is. Milliseconds.
struct AutoRepairSettings {
  std::int64_t settling_ms = 30'000;           // a fault must be there for so long, where no dgmo works, before
  std::int64_t cooldown_ms = 5 * 60'000;       // from try to try at the same fault
  std::int64_t window_ms = 60 * 60'000;        // in which one kind of repair may run so many times
  int budget = 6;                              // that many
  std::int64_t probation_ms = 24 * 3'600'000;  // a repaired fault must stay away so long to be forgotten
  int most_returns = 3;                        // a fault that comes back so often is a person's turn
  int most_failures = 2;                       // as is one whose repair failed so often
};

// A fault that has a repair, as it is seen now.
struct RepairCandidate {
  std::string fingerprint;
  std::string code;
  std::string repair;
  std::string root;
  std::string subject;
  bool safe = false;      // by the rule catalogue, and nothing speaks against it now
  bool consented = true;  // needs none, or has it
  bool live = false;      // a dgmo works there
};

// What the policy remembers of one fault. Times are of the wall clock.
struct RepairedFault {
  std::string code;
  std::string repair;
  std::string root;
  std::string subject;
  bool present = false;
  std::int64_t since_ms = 0;     // present, or absent
  std::int64_t tried_ms = 0;     // 0: never
  std::int64_t repaired_ms = 0;  // 0: never
  int repairs = 0;
  int returns = 0;
  int failures = 0;
  bool running = false;  // a repair of it was begun and has not ended
  bool stopped = false;  // it is a person's turn
  std::string why;       // in a sentence, once stopped

  bool operator==(const RepairedFault&) const = default;
};

// All that has to survive a restart.
struct AutoRepairMemory {
  std::map<std::string, RepairedFault> faults;                         // by fingerprint
  std::map<std::string, std::vector<std::int64_t>, std::less<>> runs;  // of each kind of repair, in the window

  bool operator==(const AutoRepairMemory&) const = default;
};

// One run of one kind of repair on these faults.
struct RepairChoice {
  std::string repair;
  std::vector<std::string> fingerprints;
};

// What became of one fault of a choice.
enum class FaultOutcome : std::uint8_t {
  kRepaired,
  kFailed,
  kRefused,  // not begun, and may be tried again
  kGivenUp   // not begun, and never will be: it is a person's turn
};

// Decides what is repaired now without being asked: the mildest repair first, one kind at a time, each within a budget.
// A fault that comes back after its repair again and again, or whose repair fails, is not repaired any more: it is a
// recovery failure, and a person's turn (catalogue: "Escalation"). Pure: time, faults and outcomes are told. One
// thread.
class AutoRepair {
 public:
  // What was running when the memory was written has failed: the agent died in it.
  explicit AutoRepair(const AutoRepairSettings& settings, AutoRepairMemory memory = {});

  struct Decision {
    std::optional<RepairChoice> choice;
    std::optional<std::int64_t> look_again_ms;  // after so long; something waits
    std::vector<std::string> notes;             // sentences that somebody should read: repetition, not success
  };
  // `unknown`: faults that could not be looked for, so that their absence says nothing.
  Decision Look(std::int64_t now_ms, RepairPolicy policy, std::span<const RepairCandidate> seen,
                const std::vector<std::string>& unknown = {});

  // Before the run begins.
  void OnBegin(std::int64_t now_ms, const RepairChoice& choice);
  // Of every fault of a choice whose run has ended.
  void OnOutcome(std::int64_t now_ms, const std::string& fingerprint, FaultOutcome outcome, const std::string& why);

  // Recovery failures: faults that are there and stopped.
  std::vector<const RepairedFault*> Stopped() const;
  const AutoRepairMemory& memory() const { return memory_; }

 private:
  void Forget(std::int64_t now_ms);
  using Sentences = std::map<std::string, int>;  // and of how many subjects they speak
  void Arrive(std::int64_t now_ms, const RepairCandidate& candidate, Sentences& told);
  void Leave(std::int64_t now_ms, std::span<const RepairCandidate> seen, const std::vector<std::string>& unknown);
  std::int64_t DueAt(const RepairedFault& fault) const;
  std::optional<std::int64_t> BudgetAt(std::string_view repair) const;

  AutoRepairSettings settings_;
  AutoRepairMemory memory_;
};

}  // namespace fleet::agent
