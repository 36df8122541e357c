#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "agent/backup/sessions/restore.h"

namespace fleet::agent {

// What a restore came to, or would come to, for people and programs. Ends in a newline; `options` are those the reader
// has to repeat in a command that follows, such as " --state DIR".
std::string RestoreText(const RestoreRun& run, bool dry_run, const std::string& options);
nlohmann::ordered_json RestoreJson(const RestoreRun& run, bool dry_run);

}  // namespace fleet::agent
