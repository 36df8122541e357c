#pragma once

#include "agent/store/padded_text.h"

namespace fleet::agent {

// JavaScript reads two things that JSON libraries refuse: escapes of half a surrogate pair (dgmo cuts summaries in the
// middle of one) and numbers beyond every type. Both are overwritten in place by harmless ones of the same length, so
// that the library can judge the rest and offsets stay true. Returns whether anything was overwritten.
bool NeutraliseWhatJavaScriptReads(PaddedText& text);

}  // namespace fleet::agent
