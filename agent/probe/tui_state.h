#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/checks/home_model.h"

namespace fleet::agent {

// The state file of the TUI of an app, "dgmo" or "opencode". nullopt when there is none, or it cannot be looked at (it
// is in `unknown` then).
std::optional<TuiState> ReadTuiState(const std::string& app, HomeModel& home);

// What is wrong with the text of one; empty: the TUI reads it. Nothing of its values. Pure.
std::string TuiStateFault(std::string_view text);

}  // namespace fleet::agent
