#pragma once

#include "coordinator/ctl/commands.h"

namespace fleet::coordinator {

// Asks again and again until the dispatch has ended, then shows it: kFine when every command succeeded, else
// kSomethingIsWrong. A coordinator that is away for a moment is waited for.
Outcome ShowWhenEnded(Session& session, const std::string& dispatch_id);

}  // namespace fleet::coordinator
