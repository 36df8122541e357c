#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/dispatch.pb.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

std::string PlanText(const v1::DispatchPlan& plan, const v1::Action& action, const Screen& screen);
// A dispatch with each machine's command and what its repairs did.
std::string DispatchText(const v1::Dispatch& dispatch, const Screen& screen);
std::string DispatchTableText(const google::protobuf::RepeatedPtrField<v1::Dispatch>& dispatches, const Screen& screen);
// For each machine whether its command was stopped before it ran.
std::string CancelText(const v1::Dispatch& dispatch, const Screen& screen);

// Whether every command of the dispatch succeeded.
bool AllSucceeded(const v1::Dispatch& dispatch);
// Whether no command of the dispatch ran, or may have run.
bool NoneRan(const v1::Dispatch& dispatch);

}  // namespace fleet::coordinator
