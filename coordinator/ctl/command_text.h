#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/command.pb.h"

namespace fleet::coordinator {

// "repair R-INDEX, R-TMP", "check", "undo jrn_..."
std::string ActionText(const v1::Action& action);

std::string CommandTableText(const google::protobuf::RepeatedPtrField<v1::Command>& commands, const Screen& screen);

// What each repair of the command did, a line each.
std::string OutcomesText(const v1::Command& command);

}  // namespace fleet::coordinator
