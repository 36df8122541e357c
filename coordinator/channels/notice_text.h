#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "coordinator/core/notice.h"

namespace fleet::coordinator {

// A notice as receivers get it. Pure.

// For programs: {"id", "kind", "incident_id", "severity", "code", "agent_id", "host_name", "subject", "lines", "owner",
// "link", "thread", "opened_ms", "at_ms", "respond_by_ms"}; the kinds are those of NoticeKindText.
nlohmann::ordered_json NoticeJson(const Notice& notice);

// For people: the subject with what kind of notice it is, the lines, and the link.
std::string NoticeText(const Notice& notice);

}  // namespace fleet::coordinator
