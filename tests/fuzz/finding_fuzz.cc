// Findings as a hostile agent may send them: refused or taken whole, and what is taken comes back the same.

#include <cstdint>
#include <cstdlib>

#include "common/finding_json.h"
#include "common/finding_wire.h"
#include "common/utf8.h"
#include "nlohmann/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fleet::v1::Finding wire;
  if (!wire.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto finding = fleet::FromWire(wire);
  if (!finding.ok()) return 0;
  const auto again = fleet::FromWire(fleet::ToWire(*finding));
  if (!again.ok() || again->fingerprint != fleet::ToUtf8(finding->fingerprint)) std::abort();
  fleet::ToJson(*finding).dump();
  return 0;
}
