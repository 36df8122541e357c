#pragma once

#include <memory>

#include "agent/watch/watch_source.h"

namespace fleet::agent {

// The kernel's inotify. Null when this user has no more instances: then everything has to be polled.
std::unique_ptr<WatchSource> OpenInotify();

}  // namespace fleet::agent
