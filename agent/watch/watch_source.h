#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "agent/watch/raw_event.h"

namespace fleet::agent {

// Tells what happens in folders: the kernel, or a test that runs out of watches or loses events. One thread.
class WatchSource {
 public:
  virtual ~WatchSource() = default;
  // Watches an opened folder (not what lies deeper). The errno of ENOSPC: no more can be watched.
  virtual absl::StatusOr<int> Add(int folder) = 0;
  virtual void Remove(int watch) = 0;
  // What has happened since the last call; never blocks.
  virtual std::vector<RawEvent> Read() = 0;
  virtual int fd() const = 0;  // readable when Read has something
};

}  // namespace fleet::agent
