#include "agent/watch/debouncer.h"

#include <utility>

namespace fleet::agent {

void Debouncer::Add(const std::string& path, MonoTime now) {
  if (!due_) due_ = now + delay_;
  if (batch_.paths.size() < most_paths_) {
    batch_.paths.insert(path);
  } else if (!batch_.paths.contains(path)) {
    ++batch_.dropped;
    batch_.rescan = true;
  }
}

void Debouncer::AddUnknown(MonoTime now) {
  if (!due_) due_ = now + delay_;
  batch_.rescan = true;
}

std::optional<ChangeBatch> Debouncer::Take(MonoTime now) {
  if (!due_ || *due_ > now) return std::nullopt;
  due_.reset();
  return std::exchange(batch_, {});
}

}  // namespace fleet::agent
