#pragma once

#include "common/finding_wire.h"
#include "dgmo/fleet/v1/dispatch.pb.h"

namespace fleet::coordinator {

// A reply has to fit into one message whatever agents and admins have sent, so that nobody can make the fleet
// unreadable for the others.
inline constexpr std::size_t kReplyBytes = 3 * 1024 * 1024;

// The finding as it is when it is of usual size, else without paths and evidence and with its texts cut: at most
// 3 KiB, for lists.
v1::Finding BriefFinding(const Finding& finding);

// The selector, with the first of its parts only when it is long.
v1::Selector BriefSelector(const v1::Selector& selector);

}  // namespace fleet::coordinator
