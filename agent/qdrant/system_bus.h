#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace fleet::agent {

// systemd over D-Bus. Its library is loaded when it is first needed and let go afterwards: an agent that never restarts
// a service does not carry it.
enum class ServiceManager { kUser, kSystem };

// Whether the manager knows the unit, running or not. Unavailable when there is no systemd, or no way to it.
absl::StatusOr<bool> HasUnit(ServiceManager manager, const std::string& unit);

// Has it stopped and started. Fail("systemd_denied") when this user may not.
absl::Status RestartUnit(ServiceManager manager, const std::string& unit);

}  // namespace fleet::agent
