#pragma once

#include "agent/checks/home_model.h"
#include "agent/checks/root_view.h"

namespace fleet::agent {

// Whether the dgmo of this home loads that file. Files named after opencode are loaded by its older builds only: not
// where anything goes by its present name, and not where today's original opencode is at home, whose files they are.
bool IsLoaded(const HomeModel& home, const ConfigFile& file);

// Configuration and state are not replaced but written in place: while a dgmo runs a file of these seconds may be half
// of one.
bool IsBeingWritten(const HomeView& home, const FileStat& stat);

}  // namespace fleet::agent
