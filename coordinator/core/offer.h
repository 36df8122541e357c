#pragma once

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// Tells the agent at the end of the link about a command that is not final: its offer, or the wish to cancel it.
// `row` gets the time of its first offer; the caller puts it.
void Offer(CommandRow& row, StreamId stream, const Moment& moment, Decision& decision);

// Asks the agent to cancel it; the agent's answer decides what becomes of it.
void AskToCancel(const CommandRow& row, StreamId stream, Decision& decision);

// Ends the link and everything kept for it.
void Refuse(StreamId stream, absl::Status why, Decision& decision);

}  // namespace fleet::coordinator
