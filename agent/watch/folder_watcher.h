#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/watch/debouncer.h"
#include "agent/watch/file_mark.h"
#include "agent/watch/watch_plan.h"
#include "agent/watch/watch_source.h"
#include "common/clock.h"

namespace fleet::agent {

struct WatchSettings {
  std::chrono::milliseconds debounce{250};
  std::chrono::milliseconds poll_interval{1'000};
  bool poll_everything = false;      // trust no events
  std::size_t most_watches = 4'096;  // each costs the kernel about a kilobyte; the rest is polled
  std::size_t most_recent = 64;      // polled conversations that are looked at every time
  std::size_t polls_at_a_time = 20;  // of the other polled folders, in turn
  std::size_t most_paths = 10'000;   // in a batch; beyond, everything is looked at
};

// Turns what happens in the folders of a plan into batches of changed paths. Folders are watched; polled are those on
// file systems without events, those that do not exist yet, and, when watches run out, the conversations that have
// been quiet for longest. Folders that appear are watched before they are told, so whoever then reads them misses
// nothing. No link is followed. One thread; blocks only on the disk.
class FolderWatcher {
 public:
  // Without a source everything is polled.
  FolderWatcher(WatchSettings settings, WatchPlan plan, std::unique_ptr<WatchSource> source, const Clock& clock);

  // Begins; anything may have changed until then, which the first batch says.
  void Start();
  // Takes what the source has, and looks at polled folders whose turn it is.
  void Look();
  // When Look or TakeBatch has something to do although the source is quiet.
  std::optional<MonoTime> due() const;
  std::optional<ChangeBatch> TakeBatch();
  bool collecting() const { return debouncer_.due().has_value(); }

  int fd() const { return source_ ? source_->fd() : -1; }
  std::size_t watched() const { return watched_.size(); }
  std::size_t polled() const { return polled_.size(); }

 private:
  using Nature = WatchPlan::Nature;
  struct Watched {
    int watch = -1;
    Nature nature = Nature::kFolder;
    std::uint64_t used = 0;  // grows with every event
  };
  struct Polled {
    std::optional<FileMark> mark;  // nullopt: there is no such folder
    std::uint64_t content = 0;     // kFlat: of the files in it
    Nature nature = Nature::kFolder;
    bool recent = true;  // looked at every time
    std::uint64_t used = 0;
  };
  struct Found {
    std::string path;
    std::int64_t mtime_ns = 0;
  };

  void Changed(const std::string& path) { debouncer_.Add(path, clock_.Mono()); }
  void Handle(const RawEvent& event);
  void Appear(const std::string& path);
  void Walk(const std::string& path, std::vector<Found>& conversations, int depth);
  void Begin(const std::string& path, Nature nature);
  bool BeginWatch(int folder, const std::string& path, Nature nature);
  bool Evict();
  void BeginPoll(const std::string& path, Nature nature, std::optional<FileMark> mark);
  void End(const std::string& path);  // with everything below it
  void Poll();
  void PollOne(const std::string& path);
  void KeepFewRecent();
  std::int64_t NowNs() const;

  const WatchSettings settings_;
  const WatchPlan plan_;
  const std::unique_ptr<WatchSource> source_;
  const Clock& clock_;
  Debouncer debouncer_;
  std::size_t most_watches_;                // less than the settings' once the kernel has refused one
  std::map<std::string, Watched> watched_;  // by path
  std::map<int, std::string> paths_;        // by watch
  std::map<std::string, Polled> polled_;
  std::string next_polled_;  // of those that are not recent
  MonoTime poll_at_;
  std::uint64_t uses_ = 0;
  bool restart_ = false;  // events were lost, and with them perhaps folders
};

}  // namespace fleet::agent
