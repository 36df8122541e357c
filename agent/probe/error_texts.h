#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "agent/probe/log_tally.h"
#include "agent/store/model.h"

namespace fleet::agent {

// Looks for the tally's patterns in the errors of messages and in the summaries of sub-session records that were
// written since `oldest_ms`, the last written `most` of each home's (catalogue: "Error message catalogue"). The texts
// are read for this alone and kept nowhere. What cannot be read is passed over: the rules for documents tell of it.
void MatchErrorTexts(std::span<const RootModel> roots, std::int64_t oldest_ms, std::size_t most, LogTally& tally);

}  // namespace fleet::agent
