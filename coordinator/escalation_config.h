#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/clock.h"
#include "coordinator/core/escalation_plan.h"
#include "coordinator/messenger.h"

namespace fleet::coordinator {

// Who is told of incidents, when, and by which channels.
struct EscalationConfig {
  EscalationPlan plan;
  Channels channels;
};

// Reads it from a file of JSON:
//   {"channels": {"chat": {"type": "webhook", "url": "https://...", "secret_file": "/etc/..."}},   (channel_config.h)
//    "chains": [{"severities": ["P0", "P1"],
//                "steps": [{"channels": ["chat"]}, {"after": "15m", "channels": ["phone"]}],
//                "repeat": "30m"}],
//    "link": "https://fleet.example/incidents/{id}"}
// Steps are taken while nobody has acknowledged the incident; "after" counts from its opening and grows from step to
// step; with "repeat" the last step is taken again and again. A severity belongs to one chain at most. Errors name the
// file and the place in it: NotFound, InvalidArgument.
absl::StatusOr<EscalationConfig> ReadEscalation(const std::string& path, const Clock& clock);

}  // namespace fleet::coordinator
