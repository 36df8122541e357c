#pragma once

#include <string>

#include "agent/store/model.h"

namespace fleet::agent {

// The session at the top of all that a session belongs to, by the parents that infos name, or records where there is no
// info; the session itself when it belongs to none. Pure.
std::string TopOfFamily(const RootModel& model, std::string id);

}  // namespace fleet::agent
