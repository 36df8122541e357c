#include "agent/watch/folder_watcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

#include "agent/watch/file_system.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr int kDeepest = 24;  // as reading a root

bool IsAtOrBelow(const std::string& path, const std::string& folder) {
  return path.compare(0, folder.size(), folder) == 0 && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::vector<std::string> FoldersIn(const std::string& path) {
  std::vector<std::string> names;
  const int fd = OpenWithoutLinks(path, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd), closedir);
  if (!stream) {
    close(fd);
    return names;
  }
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    const bool maybe = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
    if (maybe && name != "." && name != "..") names.push_back(name);
  }
  return names;
}

// Changes when a file in the folder does. Not for folders of many files.
std::uint64_t ContentOf(const std::string& path, std::int64_t now_ns) {
  constexpr int kMostFiles = 256;
  std::uint64_t content = 0;
  const int fd = OpenWithoutLinks(path, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return content;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd), closedir);
  if (!stream) {
    close(fd);
    return content;
  }
  for (int files = 0; files < kMostFiles; ++files) {
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::optional<FileMark> mark = MarkAt(path + "/" + entry->d_name, now_ns);
    if (!mark || mark->type != EntryType::kFile) continue;
    const std::string text = std::string(entry->d_name) + "/" + std::to_string(mark->inode) + "/" +
                             std::to_string(mark->size) + "/" + std::to_string(mark->mtime_ns) + "/" +
                             std::to_string(mark->ctime_ns);
    content += std::hash<std::string>()(text);  // the order of the entries does not matter
  }
  return content;
}

}  // namespace

FolderWatcher::FolderWatcher(WatchSettings settings, WatchPlan plan, std::unique_ptr<WatchSource> source,
                             const Clock& clock)
    : settings_(settings),
      plan_(std::move(plan)),
      source_(std::move(source)),
      clock_(clock),
      debouncer_(settings.debounce, settings.most_paths),
      most_watches_(settings.most_watches),
      poll_at_(clock.Mono() + settings.poll_interval) {}

std::int64_t FolderWatcher::NowNs() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.Now().time_since_epoch()).count();
}

void FolderWatcher::Start() {
  std::vector<Found> conversations;
  for (const std::string& top : plan_.Tops()) Walk(top, conversations, 0);
  // The newest first: what does not fit has been quiet for longest.
  std::sort(conversations.begin(), conversations.end(),
            [](const Found& a, const Found& b) { return a.mtime_ns > b.mtime_ns; });
  const std::size_t free = most_watches_ - std::min(most_watches_, watched_.size());
  const std::size_t fitting = std::min(free, conversations.size());
  for (std::size_t i = conversations.size(); i > fitting; --i) {
    const std::string& path = conversations[i - 1].path;
    BeginPoll(path, Nature::kLeaf, MarkAt(path, NowNs()));
    polled_[path].recent = false;
  }
  // From old to new, as if each had just been used.
  for (std::size_t i = fitting; i > 0; --i) Begin(conversations[i - 1].path, Nature::kLeaf);
  KeepFewRecent();
  debouncer_.AddUnknown(clock_.Mono());
}

void FolderWatcher::Walk(const std::string& path, std::vector<Found>& conversations, int depth) {
  const Nature nature = plan_.NatureOf(path);
  if (nature == Nature::kUnwatched || depth > kDeepest) return;
  if (nature == Nature::kLeaf) {
    if (const auto mark = MarkAt(path, NowNs())) conversations.push_back({path, mark->mtime_ns});
    return;
  }
  Begin(path, nature);
  if (nature == Nature::kFlat) return;
  for (const std::string& name : FoldersIn(path)) Walk(path + "/" + name, conversations, depth + 1);
}

void FolderWatcher::Begin(const std::string& path, Nature nature) {
  const int folder = OpenWithoutLinks(path, O_RDONLY | O_DIRECTORY);
  if (folder < 0) {
    // Only what may come into being, or be readable some day, is waited for.
    const std::vector<std::string> tops = plan_.Tops();
    const bool top = std::find(tops.begin(), tops.end(), path) != tops.end();
    if (top || errno == EACCES) BeginPoll(path, nature, std::nullopt);
    return;
  }
  const std::optional<FileMark> mark = MarkAt(path, NowNs());
  const bool silent = settings_.poll_everything || !source_ || HasSilentChanges(folder);
  if (silent || !BeginWatch(folder, path, nature)) BeginPoll(path, nature, mark);
  close(folder);
}

bool FolderWatcher::BeginWatch(int folder, const std::string& path, Nature nature) {
  if (watched_.size() >= most_watches_ && !Evict()) return false;
  absl::StatusOr<int> watch = source_->Add(folder);
  if (ErrnoOf(watch.status()) == ENOSPC) {
    most_watches_ = watched_.size();
    if (!Evict()) return false;
    watch = source_->Add(folder);
  }
  if (!watch.ok()) return false;
  // A folder moved while it was watched is known by its old path.
  if (const auto old = paths_.find(*watch); old != paths_.end()) watched_.erase(old->second);
  paths_[*watch] = path;
  watched_[path] = {*watch, nature, ++uses_};
  polled_.erase(path);
  return true;
}

// Polls instead the conversation that has been quiet for longest.
bool FolderWatcher::Evict() {
  auto quietest = watched_.end();
  for (auto entry = watched_.begin(); entry != watched_.end(); ++entry) {
    if (!IsOneOfMany(entry->second.nature)) continue;
    if (quietest == watched_.end() || entry->second.used < quietest->second.used) quietest = entry;
  }
  if (quietest == watched_.end()) return false;
  const std::string path = quietest->first;
  const Nature nature = quietest->second.nature;
  source_->Remove(quietest->second.watch);
  paths_.erase(quietest->second.watch);
  watched_.erase(quietest);
  BeginPoll(path, nature, MarkAt(path, NowNs()));
  polled_[path].recent = false;
  return true;
}

void FolderWatcher::BeginPoll(const std::string& path, Nature nature, std::optional<FileMark> mark) {
  const std::uint64_t content = nature == Nature::kFlat ? ContentOf(path, NowNs()) : 0;
  polled_[path] = {mark, content, nature, true, ++uses_};
}

void FolderWatcher::End(const std::string& path) {
  for (auto entry = watched_.lower_bound(path); entry != watched_.end() && entry->first.starts_with(path);) {
    if (!IsAtOrBelow(entry->first, path)) {
      ++entry;
      continue;
    }
    source_->Remove(entry->second.watch);
    paths_.erase(entry->second.watch);
    entry = watched_.erase(entry);
  }
  for (auto entry = polled_.lower_bound(path); entry != polled_.end() && entry->first.starts_with(path);) {
    entry = IsAtOrBelow(entry->first, path) ? polled_.erase(entry) : std::next(entry);
  }
  for (const std::string& top : plan_.Tops()) {
    if (IsAtOrBelow(top, path)) BeginPoll(top, plan_.NatureOf(top), std::nullopt);
  }
}

void FolderWatcher::Appear(const std::string& path) {
  if (plan_.NatureOf(path) == Nature::kUnwatched) return;
  End(path);  // something else may have been there
  std::vector<Found> conversations;
  Walk(path, conversations, 0);
  for (const Found& found : conversations) Begin(found.path, Nature::kLeaf);
  KeepFewRecent();
}

void FolderWatcher::Handle(const RawEvent& event) {
  const Meaning meaning = MeaningOf(event);
  if (meaning == Meaning::kEventsLost) {
    restart_ = true;
    debouncer_.AddUnknown(clock_.Mono());
    return;
  }
  const auto known = paths_.find(event.watch);
  if (known == paths_.end()) return;
  const std::string folder = known->second;
  const std::string path = event.name.empty() ? folder : folder + "/" + event.name;
  if (const auto watched = watched_.find(folder); watched != watched_.end()) watched->second.used = ++uses_;
  switch (meaning) {
    case Meaning::kNothing:
    case Meaning::kEventsLost: break;
    case Meaning::kFolderAppeared:
      Appear(path);
      Changed(path);
      break;
    case Meaning::kFolderGone:
      End(path);
      Changed(path);
      break;
    case Meaning::kWatchedFolderGone:
    case Meaning::kWatchEnded:
      End(folder);
      Changed(folder);
      break;
    case Meaning::kChanged: Changed(path); break;
  }
}

void FolderWatcher::Look() {
  if (source_) {
    for (const RawEvent& event : source_->Read()) Handle(event);
  }
  if (!polled_.empty() && poll_at_ <= clock_.Mono()) {
    Poll();
    poll_at_ = clock_.Mono() + settings_.poll_interval;
  }
}

void FolderWatcher::Poll() {
  std::vector<std::string> turn;
  for (const auto& [path, polled] : polled_) {
    if (polled.recent) turn.push_back(path);
  }
  auto next = polled_.upper_bound(next_polled_);
  for (std::size_t looked = 0, steps = 0; looked < settings_.polls_at_a_time && steps < polled_.size(); ++steps) {
    if (next == polled_.end()) next = polled_.begin();
    if (!next->second.recent) {
      turn.push_back(next->first);
      ++looked;
    }
    next_polled_ = next->first;
    ++next;
  }
  for (const std::string& path : turn) PollOne(path);
  KeepFewRecent();
}

void FolderWatcher::PollOne(const std::string& path) {
  const auto entry = polled_.find(path);
  if (entry == polled_.end()) return;  // gone with one looked at before
  const Nature nature = entry->second.nature;
  const std::optional<FileMark> now = MarkAt(path, NowNs());
  const std::optional<FileMark> before = std::exchange(entry->second.mark, now);
  if (!now || now->type != EntryType::kDirectory) {
    entry->second.mark.reset();
    if (!before) return;
    End(path);
    return Changed(path);
  }
  if (!before || !before->SameFile(*now)) {
    Appear(path);
    return Changed(path);
  }
  bool changed = !before->Same(*now) || !before->settled();
  if (nature == Nature::kFlat) {
    const std::uint64_t content = ContentOf(path, NowNs());
    changed = std::exchange(entry->second.content, content) != content || !before->Same(*now);
  }
  if (!changed) return;
  entry->second.used = ++uses_;
  entry->second.recent = true;
  Changed(path);
  // Busy again: worth a watch, where there are watches.
  if (IsOneOfMany(nature) && source_ && !settings_.poll_everything) Begin(path, nature);
  if (nature == Nature::kFolder || nature == Nature::kSessionFolder) {
    for (const std::string& name : FoldersIn(path)) {
      const std::string below = path + "/" + name;
      if (watched_.contains(below) || polled_.contains(below)) continue;
      if (plan_.NatureOf(below) == Nature::kUnwatched) continue;
      Appear(below);
      Changed(below);
    }
  }
}

void FolderWatcher::KeepFewRecent() {
  std::vector<Polled*> recent;
  for (auto& [path, polled] : polled_) {
    if (polled.recent && IsOneOfMany(polled.nature)) recent.push_back(&polled);
  }
  if (recent.size() <= settings_.most_recent) return;
  const auto kept = recent.begin() + static_cast<std::ptrdiff_t>(settings_.most_recent);
  std::nth_element(recent.begin(), kept, recent.end(),
                   [](const Polled* a, const Polled* b) { return a->used > b->used; });
  std::for_each(kept, recent.end(), [](Polled* polled) { polled->recent = false; });
}

std::optional<MonoTime> FolderWatcher::due() const {
  std::optional<MonoTime> due = debouncer_.due();
  if (!polled_.empty() && (!due || poll_at_ < *due)) due = poll_at_;
  return due;
}

std::optional<ChangeBatch> FolderWatcher::TakeBatch() {
  std::optional<ChangeBatch> batch = debouncer_.Take(clock_.Mono());
  if (batch && std::exchange(restart_, false)) {
    // Before the batch is read: what changes from here on is told.
    for (const std::string& top : plan_.Tops()) End(top);
    Start();
    debouncer_.Take(MonoTime::max());
    batch->rescan = true;
  }
  return batch;
}

}  // namespace fleet::agent
