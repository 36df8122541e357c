#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/bundle/redaction.h"

namespace fleet::agent {

// The part of a log that an escalation wants: its last 100 lines, and every line about an error with ten lines before
// and after it (catalogue: "Information to gather"), each reduced by the redactor and marked with where it begins in
// the file, so that its owner can look it up. `bytes` are the file's last ones, from `offset` on. Bounded; pure.
std::string LogExcerpt(std::string_view bytes, std::int64_t offset, Redactor& redactor);

}  // namespace fleet::agent
