#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

std::string AgentTableText(const google::protobuf::RepeatedPtrField<v1::Agent>& agents, const Screen& screen);

// One machine: its facts, what is wrong with it, its last commands.
std::string AgentText(const v1::GetAgentResponse& answer, const Screen& screen);

// A finding's last line and more: how it is cured, or why not.
std::string CureText(const v1::Finding& finding);

}  // namespace fleet::coordinator
