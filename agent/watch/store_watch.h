#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/settings.h"
#include "agent/watch/debouncer.h"
#include "agent/watch/live_home.h"
#include "agent/watch/log_tail.h"
#include "agent/watch/settling.h"
#include "agent/watch/store_event.h"

namespace fleet::agent {

// Makes events of changes: reads what changed, and tells what is different in the models and in the findings. Runs no
// probes. One thread; blocks on the disk.
class StoreWatch {
 public:
  StoreWatch(const Clock& clock, const std::vector<Target>& targets, CheckSettings settings);

  // Reads everything. One event that says what is watched; what is there already gives none.
  absl::StatusOr<std::vector<StoreEvent>> Begin();
  std::vector<StoreEvent> OnChanges(const ChangeBatch& batch);
  // Looks for what changed without an event, and for what became old.
  std::vector<StoreEvent> OnTime();

  // When OnChanges should be called again, with an empty batch.
  std::optional<MonoTime> due() const { return due_; }

 private:
  void AddStoreEvents(std::vector<StoreEvent>& events);
  void AddFindingEvents(std::vector<StoreEvent>& events);
  void AddLogEvents(const ChangeBatch& batch, std::vector<StoreEvent>& events);
  void AddConfigEvents(std::vector<StoreEvent>& events);
  std::vector<std::string> LogFolders() const;
  std::map<std::string, FileMark> ConfigFiles() const;

  struct Known {
    RootModel model;  // the parts that events are about
    std::int64_t readings = 0;
  };

  const Clock& clock_;
  const CheckSettings settings_;
  std::vector<LiveHome> homes_;
  std::map<std::string, Known> known_;  // by path of the root
  std::int64_t known_ms_ = 0;
  std::map<std::string, FileMark> config_files_;
  LogTail logs_;
  Settling settling_;
  std::map<std::string, Finding> findings_;  // open ones, by fingerprint
  std::set<std::string> doubtful_;
  std::optional<MonoTime> due_;
};

}  // namespace fleet::agent
