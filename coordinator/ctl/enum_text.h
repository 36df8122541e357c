#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

#include "common/finding.h"
#include "dgmo/fleet/v1/command.pb.h"
#include "dgmo/fleet/v1/dispatch.pb.h"
#include "dgmo/fleet/v1/incident.pb.h"

namespace fleet::coordinator {

namespace v1 = ::dgmo::fleet::v1;

// An enum value as outputs spell it, from its name in the contract: "P1", "SUCCEEDED" (commands are spelled in
// capitals), "open". A number this build does not know is shown as that number.
std::string EnumText(const google::protobuf::EnumDescriptor& type, int number);
// The number of such a text; 0 (unspecified) when there is none.
int EnumNamed(const google::protobuf::EnumDescriptor& type, std::string_view text);

std::string Text(v1::Severity severity);
std::string Text(v1::CommandState state);
std::string Text(v1::IncidentState state);
std::string Text(v1::DispatchState state);

// Whether the state is one that a command never leaves (UNKNOWN may still be corrected, but nothing waits for it).
bool HasEnded(v1::CommandState state);

// The guide's symbol for a health text such as "critical"; "?" for a text this build does not know.
std::string_view SymbolOf(std::string_view health);

}  // namespace fleet::coordinator
