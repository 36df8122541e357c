#include "agent/probe/guarded_probe_runner.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <utility>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr int kLostExitCode = 70;  // an internal error, for which service managers start a program again

void EndProcess() { std::_Exit(kLostExitCode); }

void Warn(std::string_view event, const absl::Status& status) {
  if (!status.ok()) spdlog::warn("{} error=\"{}\"", event, ToPrintable(MessageOf(status)));
}

}  // namespace

GuardedProbeRunner::GuardedProbeRunner(const Clock& clock, Executor& timers, std::string folder)
    : GuardedProbeRunner(clock, timers, std::move(folder), Limits(), EndProcess) {}

GuardedProbeRunner::GuardedProbeRunner(const Clock& clock, Executor& timers, std::string folder, Limits limits,
                                       GiveUp give_up)
    : clock_(clock), timers_(timers), limits_(limits), give_up_(std::move(give_up)), record_(std::move(folder)) {
  MutexLock lock(mu_);
  TakeOver();
}

GuardedProbeRunner::~GuardedProbeRunner() = default;

void GuardedProbeRunner::TakeOver() {
  const absl::StatusOr<std::string> text = record_.ReadStrikes();
  Warn("probe_strikes_unreadable", text.status());
  if (text.ok()) strikes_ = ProbeStrikes::Parse(*text, FLEET_VERSION, NowMs());
  const std::string left = record_.LeftRunning();
  if (left.empty()) return;
  Strike(left, false);
  SetRunning("");
}

void GuardedProbeRunner::Strike(const std::string& probe, bool hung) {
  strikes_.Add(probe, hung, NowMs());
  Warn("probe_strikes_not_kept", record_.WriteStrikes(strikes_.Text(FLEET_VERSION)));
  spdlog::warn("probe_strike probe=\"{}\" why=\"{}\" strikes={} quarantined={}", ToPrintable(probe),
               hung ? "it did not end in time" : "the agent ended while it ran", strikes_.Count(probe, NowMs()),
               strikes_.IsQuarantined(probe, NowMs()));
}

// A record that cannot be written, as on a full disk, must not make the agent blind: the probe runs all the same.
void GuardedProbeRunner::SetRunning(std::string_view probe) {
  const absl::Status status = record_.SetRunning(probe);
  if (!std::exchange(record_failed_, !status.ok())) Warn("probe_record_not_kept", status);
}

bool GuardedProbeRunner::Run(std::string_view name, absl::FunctionRef<void()> probe) {
  std::uint64_t run = 0;
  {
    MutexLock lock(mu_);
    if (abandoned_) return false;
    if (strikes_.IsQuarantined(name, NowMs())) {
      spdlog::debug("probe_skipped probe=\"{}\" why=\"in quarantine\"", ToPrintable(name));
      return false;
    }
    running_ = name;
    run = ++run_;
    SetRunning(name);
  }
  const MonoTime begin = clock_.Mono();
  const TimerId hung = timers_.PostAt(begin + limits_.hung, [this, run] { OnHung(run); });
  const TimerId lost = timers_.PostAt(begin + limits_.lost, [this, run] { OnLost(run); });
  probe();
  timers_.Cancel(hung);
  timers_.Cancel(lost);
  MutexLock lock(mu_);
  running_.clear();
  if (!abandoned_) SetRunning("");
  return true;
}

void GuardedProbeRunner::OnHung(std::uint64_t run) {
  MutexLock lock(mu_);
  if (running_.empty() || run != run_) return;
  Strike(running_, true);
  SetRunning("");  // it has its strike: what becomes of the process now is no second one
}

void GuardedProbeRunner::OnLost(std::uint64_t run) {
  {
    MutexLock lock(mu_);
    if (running_.empty() || run != run_) return;
    spdlog::error(
        "agent_stopped why=\"the probe {} has not come back for {} s; the service manager starts a new agent\"",
        ToPrintable(running_), std::chrono::duration_cast<std::chrono::seconds>(limits_.lost).count());
  }
  give_up_();
}

std::vector<QuarantinedProbe> GuardedProbeRunner::Quarantined() const {
  MutexLock lock(mu_);
  return strikes_.Quarantined(NowMs());
}

void GuardedProbeRunner::Abandon() {
  MutexLock lock(mu_);
  abandoned_ = true;
  SetRunning("");
}

}  // namespace fleet::agent
