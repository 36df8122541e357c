#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "agent/repair/outcome.h"

namespace fleet::agent {

// Plans and what came of them, for people and programs. Texts end in a newline; `options` are those the reader has to
// repeat in a command that follows, such as " --state DIR".
std::string PlanText(const RepairRun& run, bool colour);
std::string ResultText(const RepairRun& run, const std::string& options, bool colour);
nlohmann::ordered_json RunJson(const RepairRun& run);

std::string UndoText(const UndoRun& run, bool colour);
nlohmann::ordered_json UndoJson(const UndoRun& run);

// "1 file", "3 files"
std::string Counted(std::size_t count, const std::string& noun);

}  // namespace fleet::agent
