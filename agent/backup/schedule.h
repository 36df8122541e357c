#pragma once

#include <chrono>
#include <cstdint>

#include "common/clock.h"

namespace fleet::agent {

// When a running agent makes backups: twice within the time whose work may be lost, so that one that comes late or
// fails is made up for before the objective is missed. After failures it waits longer and longer, but never longer
// than that time. Pure; one thread.
class BackupSchedule {
 public:
  // The first is due a little after the start, when the machine has other things to do.
  BackupSchedule(std::chrono::milliseconds objective, MonoTime now);

  MonoTime due() const { return due_; }
  void Succeeded(MonoTime began);
  void Failed(MonoTime now);

  // Failures in a row so far.
  int failures() const { return failures_; }
  // Whether the last failure is worth a line in the log: the first, then every time their number has doubled.
  bool IsWorthTelling() const { return failures_ > 0 && (failures_ & (failures_ - 1)) == 0; }

 private:
  std::chrono::milliseconds objective_;
  MonoTime due_;
  int failures_ = 0;
};

}  // namespace fleet::agent
