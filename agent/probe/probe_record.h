#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace fleet::agent {

// The two small files in the agent's state folder by which one process tells the next about its probes: which one runs
// now, and the strikes. Both survive the end of the process, however it ends; neither is synced to the disk: what was
// running when the machine itself went down is not held against a probe. One thread at a time.
class ProbeRecord {
 public:
  explicit ProbeRecord(std::string folder);
  ~ProbeRecord();
  ProbeRecord(const ProbeRecord&) = delete;
  ProbeRecord& operator=(const ProbeRecord&) = delete;

  // "About to run this probe": one write into a file that stays open. An empty name: none runs.
  absl::Status SetRunning(std::string_view probe);
  // What the process before this one was running when it ended; empty when it was none, when the machine was started
  // anew since, when it was another version, or when it cannot be told.
  std::string LeftRunning() const;

  // Empty when there are none.
  absl::StatusOr<std::string> ReadStrikes() const;
  absl::Status WriteStrikes(std::string_view text);  // old or new, never half

 private:
  const std::string folder_;
  const std::string era_;  // which start of the machine and which version of the agent this is
  int running_ = -1;       // the file's descriptor
};

}  // namespace fleet::agent
