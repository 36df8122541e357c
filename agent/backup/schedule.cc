#include "agent/backup/schedule.h"

#include <algorithm>

namespace fleet::agent {

BackupSchedule::BackupSchedule(std::chrono::milliseconds objective, MonoTime now)
    : objective_(objective), due_(now + objective / 10) {}

void BackupSchedule::Succeeded(MonoTime began) {
  failures_ = 0;
  due_ = began + objective_ / 2;
}

void BackupSchedule::Failed(MonoTime now) {
  ++failures_;
  due_ = now + std::min(objective_ / 16 * (1 << std::min(failures_ - 1, 4)), objective_);
}

}  // namespace fleet::agent
