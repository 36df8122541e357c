#include <algorithm>
#include <vector>

#include "agent/probe/listeners.h"
#include "agent/probe/localhost.h"
#include "agent/probe/loopback.h"
#include "agent/probe/probes.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kLimit{2'000};

std::vector<std::uint16_t> Ports() {
  std::vector<std::uint16_t> ports = {kQdrantPort};
  ports.insert(ports.end(), std::begin(kDgmoPorts), std::end(kDgmoPorts));
  return ports;
}

// A listener that was there before and is gone after the attempt says nothing about what lies between.
std::optional<LoopbackConnect> Try(const Listener& listener) {
  LoopbackConnect attempt{listener, ConnectOverLoopback(listener.port, listener.family, kLimit), false};
  if (attempt.outcome == ConnectOutcome::kConnected) {
    if (listener.port == kQdrantPort) {
      attempt.answers_as_qdrant = AnswersAsQdrant(listener.port, listener.family, kLimit);
    }
    return attempt;
  }
  const absl::StatusOr<std::vector<Listener>> after = ListenersOn(listener.port);
  if (!after.ok()) return std::nullopt;
  const auto same =
      std::find_if(after->begin(), after->end(), [&](const Listener& other) { return other.inode == listener.inode; });
  if (same == after->end()) return std::nullopt;
  attempt.listener = *same;
  return attempt;
}

}  // namespace

void ProbeNetwork(const CheckSettings&, std::span<const HomeModel>, MachineModel& machine) {
  absl::StatusOr<std::vector<Listener>> listeners = ListenersOn(Ports());
  if (!listeners.ok()) {
    machine.unknown.push_back("/proc/net/tcp");
    return;
  }
  NetworkFacts facts;
  facts.listeners = *std::move(listeners);
  for (const Listener& listener : facts.listeners) {
    if (listener.address == Listener::Address::kOther) continue;
    if (std::optional<LoopbackConnect> attempt = Try(listener)) facts.connects.push_back(*std::move(attempt));
  }
  facts.localhost = ResolveLocalhost(kLimit);
  if (!facts.localhost) machine.unknown.push_back("/etc/hosts");
  machine.network = std::move(facts);
}

}  // namespace fleet::agent
