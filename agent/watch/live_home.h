#pragma once

#include <absl/status/status.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/watch/root_tracker.h"
#include "common/clock.h"

namespace fleet::agent {

struct LiveSettings {
  bool follow_messages = false;                     // collect what TakeWritten gives
  std::chrono::hours slice_round{24};               // everything is read again once in so long,
  std::int64_t most_slice_bytes = 2 * 1024 * 1024;  // at no more than so many bytes a second
};

// The model of one target, kept up to date between looks. Facts of probes that are put into the model stay in it. One
// thread; blocks on the disk.
class LiveHome {
 public:
  LiveHome(const Clock& clock, Target target, LiveSettings settings = {});

  // Finds the roots and brings all of them up to date; the first time that means to read everything. `every_file` as
  // RootTracker.
  void Sweep(bool every_file);
  // Brings up to date what these absolute paths name. Those elsewhere do nothing.
  void Refresh(const std::set<std::string>& changed);
  // Reads the next part of the store again, as much as the time since the last slice allows.
  void ReadSlice();

  // Whether a path is of the configuration, which the probes look at.
  bool IsConfiguration(const std::string& path) const;

  // An error: an explicit root could not be opened the last time; the model knows what was seen before.
  const absl::Status& status() const { return status_; }
  const Target& target() const { return target_; }
  HomeModel& model() { return model_; }
  const HomeModel& model() const { return model_; }

  // When Refresh should be called again, because something waits or is too fresh to be judged; nullopt: nothing is.
  std::optional<MonoTime> due() const;

  // Grows with everything that is read of the model's i-th root.
  std::int64_t readings(std::size_t i) const { return tracked_[i].tracker.readings(); }

  struct Written {
    std::string root;
    WrittenMessage message;
  };
  std::vector<Written> TakeWritten();

 private:
  struct Tracked {
    RootTracker tracker;
    std::int64_t readings = 0;      // when its freshness was last looked at
    std::optional<MonoTime> read;   // when something of it was last read
    std::optional<MonoTime> lived;  // when a dgmo last worked on it
  };
  void FindAgain(bool every_file);
  absl::Status Track(const Root& root);
  void LookForLife(std::size_t i);

  const Clock& clock_;
  const Target target_;
  const LiveSettings settings_;
  HomeModel model_;
  absl::Status status_;
  std::vector<Tracked> tracked_;  // in the order of the model's roots
  std::optional<MonoTime> sliced_;
  double slice_bytes_ = 0;  // that may be read
  std::size_t slice_root_ = 0;
};

}  // namespace fleet::agent
