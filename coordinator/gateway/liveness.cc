#include "coordinator/gateway/liveness.h"

namespace fleet::coordinator {

namespace {
constexpr int kStaleAfter = 3;
constexpr int kOfflineAfter = 6;
}  // namespace

bool Liveness::Heard(const std::string& agent_id, StreamId stream, MonoTime now) {
  const auto known = machines_.find(agent_id);
  if (known == machines_.end()) {
    online_.push_back({agent_id, stream, now, false});
    machines_.emplace(online_.back().agent_id, std::prev(online_.end()));
    return true;
  }
  const auto machine = known->second;
  const bool was_stale = machine->stale;
  machine->stream = stream;
  machine->heard = now;
  machine->stale = false;
  online_.splice(online_.end(), was_stale ? stale_ : online_, machine);
  return was_stale;
}

void Liveness::Expect(const std::string& agent_id, MonoTime now) {
  if (machines_.contains(agent_id)) return;
  stale_.push_back({agent_id, StreamId{}, now, true});
  machines_.emplace(stale_.back().agent_id, std::prev(stale_.end()));
}

std::vector<LivenessVerdict> Liveness::Tick(MonoTime now) {
  std::vector<LivenessVerdict> verdicts;
  while (!online_.empty() && online_.front().heard + kStaleAfter * interval_ <= now) {
    Machine& machine = online_.front();
    machine.stale = true;
    verdicts.push_back({machine.agent_id, Connectivity::kStale, machine.heard, machine.stream});
    stale_.splice(stale_.end(), online_, online_.begin());
  }
  while (!stale_.empty() && stale_.front().heard + kOfflineAfter * interval_ <= now) {
    const Machine& machine = stale_.front();
    verdicts.push_back({machine.agent_id, Connectivity::kOffline, machine.heard, machine.stream});
    machines_.erase(machine.agent_id);
    stale_.pop_front();
  }
  return verdicts;
}

std::optional<MonoTime> Liveness::LastHeard(const std::string& agent_id) const {
  const auto known = machines_.find(agent_id);
  if (known == machines_.end()) return std::nullopt;
  return known->second->heard;
}

}  // namespace fleet::coordinator
