#pragma once

#include <absl/status/statusor.h>

#include "common/finding.h"
#include "dgmo/fleet/v1/finding.pb.h"

namespace fleet {

namespace v1 = ::dgmo::fleet::v1;

// Bytes that are not UTF-8 are escaped (protobuf would refuse the whole message).
v1::Finding ToWire(const Finding& finding);
v1::Severity ToWire(Severity severity);

// InvalidArgument when the severity is missing or unknown, the fingerprint or code is empty, or a text is
// over 4 KiB: the peer is not trusted.
absl::StatusOr<Finding> FromWire(const v1::Finding& wire);
absl::StatusOr<Severity> FromWire(v1::Severity wire);

}  // namespace fleet
