#pragma once

#include <chrono>
#include <cstdint>

#include "agent/checks/facts/network_facts.h"

namespace fleet::agent {

// Connects to a port of this machine over 127.0.0.1 or ::1 and hangs up at once. Waits no longer than `limit`. Any
// thread.
ConnectOutcome ConnectOverLoopback(std::uint16_t port, IpFamily family, std::chrono::milliseconds limit);

// Whether what listens there says over HTTP that it is Qdrant. Waits no longer than `limit`. Any thread.
bool AnswersAsQdrant(std::uint16_t port, IpFamily family, std::chrono::milliseconds limit);

}  // namespace fleet::agent
