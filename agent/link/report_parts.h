#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/finding_wire.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::agent {

// Bounds of what an agent sends up, far below the largest message either side accepts.
inline constexpr int kMaxFindingsInPart = 256;
inline constexpr std::size_t kMaxPartBytes = 512 * 1024;
inline constexpr std::size_t kMaxFindingBytes = 48 * 1024;

// The finding as it travels: one with very many paths or very much evidence goes without them.
v1::Finding BoundedWire(const Finding& finding);

// Collects one batch of reports, each within the bounds. Sequence numbers, flags and counts are the caller's.
class ReportParts {
 public:
  void AddFound(v1::Finding finding);
  void AddGone(const std::string& fingerprint);
  // The parts in order, at least one.
  std::vector<v1::FindingReport> Take();

 private:
  v1::FindingReport& Room(std::size_t bytes);

  std::vector<v1::FindingReport> parts_;
  std::size_t bytes_ = 0;  // of the last part
};

}  // namespace fleet::agent
