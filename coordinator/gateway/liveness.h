#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "coordinator/core/rows.h"

namespace fleet::coordinator {

struct LivenessVerdict {
  std::string agent_id;
  Connectivity connectivity = Connectivity::kOnline;
  MonoTime heard{};
  StreamId stream{};  // the one it was last heard on; 0 when it was not heard since this process started
};

// When each machine was last heard, and what follows: stale when it was not heard for three heartbeat intervals,
// offline (and forgotten here) after six. Pure: the caller gives the time, which must not go backwards, and the lock.
// Hearing costs the same at any size of the fleet; Tick costs what changed.
class Liveness {
 public:
  explicit Liveness(std::chrono::milliseconds interval) : interval_(interval) {}

  // Any message counts. True when that turned the machine online (it was stale, offline or not known).
  bool Heard(const std::string& agent_id, StreamId stream, MonoTime now);

  // A machine that is known to be away and has not been heard since this process started: offline when that lasts.
  // Counts as heard now.
  void Expect(const std::string& agent_id, MonoTime now);

  // The machines whose silence has lasted too long since the last call.
  std::vector<LivenessVerdict> Tick(MonoTime now);

  std::optional<MonoTime> LastHeard(const std::string& agent_id) const;

 private:
  struct Machine {
    std::string agent_id;
    StreamId stream{};
    MonoTime heard;
    bool stale = false;
  };
  // Both in the order last heard, so the ones that are due stand at the front. Machines move between them by
  // splicing; the nodes stay where they are.
  using Machines = std::list<Machine>;

  const std::chrono::milliseconds interval_;
  Machines online_;
  Machines stale_;
  std::unordered_map<std::string_view, Machines::iterator> machines_;  // keys point into the nodes
};

}  // namespace fleet::coordinator
