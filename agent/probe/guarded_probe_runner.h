#pragma once

#include <absl/functional/any_invocable.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/probe/probe_record.h"
#include "agent/probe/probe_runner.h"
#include "agent/probe/probe_strikes.h"
#include "common/clock.h"
#include "common/executor.h"
#include "common/mutex.h"

namespace fleet::agent {

// The watchdog over the agent's own probes. Before each it is written down what is about to run, so that the next
// process knows in which probe this one died. A probe that overstays its limit is hung: its thread cannot be ended, but
// it gets its strike, and when the worker does not come back at all the process ends so that the service manager starts
// a new one. Two strikes put a probe into quarantine (ProbeStrikes).
//
// Made and destroyed by the owner of both threads; Run on the worker, one at a time; Abandon and Quarantined on any.
class GuardedProbeRunner final : public ProbeRunner {
 public:
  struct Limits {
    // A large store on a slow disk takes minutes the first time.
    std::chrono::milliseconds hung{300'000};  // longer than this is a strike
    std::chrono::milliseconds lost{900'000};  // longer than this ends the process
  };
  // What ends the process; a test gives its own. It need not return.
  using GiveUp = absl::AnyInvocable<void()>;

  // `folder` is the agent's state folder, held by this process alone; `timers` runs on a thread that no probe blocks.
  // Takes over what the process before left, and says so in the log.
  GuardedProbeRunner(const Clock& clock, Executor& timers, std::string folder);
  GuardedProbeRunner(const Clock& clock, Executor& timers, std::string folder, Limits limits, GiveUp give_up);
  ~GuardedProbeRunner() override;

  // False: the probe is in quarantine and did not run.
  bool Run(std::string_view name, absl::FunctionRef<void()> probe) override ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<QuarantinedProbe> Quarantined() const override ABSL_LOCKS_EXCLUDED(mu_);

  // Before a process ends on purpose while a probe may be running: that is not the probe's fault.
  void Abandon() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void TakeOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Strike(const std::string& probe, bool hung) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SetRunning(std::string_view probe) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OnHung(std::uint64_t run) ABSL_LOCKS_EXCLUDED(mu_);
  void OnLost(std::uint64_t run) ABSL_LOCKS_EXCLUDED(mu_);
  std::int64_t NowMs() const { return ToMillis(clock_.Now()); }

  const Clock& clock_;
  Executor& timers_;
  const Limits limits_;
  GiveUp give_up_;
  mutable Mutex mu_;
  ProbeRecord record_ ABSL_GUARDED_BY(mu_);
  ProbeStrikes strikes_ ABSL_GUARDED_BY(mu_);
  std::string running_ ABSL_GUARDED_BY(mu_);  // empty: none
  std::uint64_t run_ ABSL_GUARDED_BY(mu_) = 0;
  bool record_failed_ ABSL_GUARDED_BY(mu_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::agent
