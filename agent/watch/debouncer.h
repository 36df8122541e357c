#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "common/clock.h"

namespace fleet::agent {

// Changes told together.
struct ChangeBatch {
  std::set<std::string> paths;  // absolute; of folders when an entry of theirs may have changed
  bool rescan = false;          // anything may have changed: events were lost, or there were too many
  std::int64_t dropped = 0;     // changes that did not fit
};

// Collects changes for a while after the first, so that a file rewritten many times a second counts once, and those
// that belong together arrive together. Pure; one thread.
class Debouncer {
 public:
  Debouncer(std::chrono::milliseconds delay, std::size_t most_paths) : delay_(delay), most_paths_(most_paths) {}

  void Add(const std::string& path, MonoTime now);
  // Nobody knows what has changed.
  void AddUnknown(MonoTime now);

  std::optional<MonoTime> due() const { return due_; }
  // What was collected, once it is due.
  std::optional<ChangeBatch> Take(MonoTime now);

 private:
  const std::chrono::milliseconds delay_;
  const std::size_t most_paths_;
  std::optional<MonoTime> due_;
  ChangeBatch batch_;
};

}  // namespace fleet::agent
