#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "agent/backup/schedule.h"
#include "agent/store/root.h"
#include "common/clock.h"
#include "common/strand.h"

namespace fleet::agent {

// Makes the backups of a running agent, by the schedule, on a thread of its own behind everything else on the machine.
// One that saves nothing new writes nothing. In the log are only failures, when one is the first or their number has
// doubled, and the end of failing. Repairs and backups wait for each other by the locks of the roots.
class RegularBackups {
 public:
  // `folder`: empty: each home's own.
  RegularBackups(const Clock& clock, std::vector<Target> targets, std::string state, std::string folder,
                 std::chrono::milliseconds objective);
  ~RegularBackups() { Stop(); }

  // A backup that is being made is given up; nothing of it stays. Waits for that.
  void Stop();

 private:
  void Plan();
  void Run();

  const Clock& clock_;
  const std::vector<Target> targets_;
  const std::string state_;
  const std::string folder_;
  BackupSchedule schedule_;
  std::atomic<bool> stop_ = false;
  Strand strand_;  // last: it uses all of the above
};

}  // namespace fleet::agent
