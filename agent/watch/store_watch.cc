#include "agent/watch/store_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/checks/check.h"

namespace fleet::agent {

namespace {

RootModel PartsThatMatter(const RootModel& model) {
  RootModel parts;
  parts.root = model.root;
  parts.sessions = model.sessions;
  parts.records = model.records;
  parts.indexes = model.indexes;
  parts.strays = model.strays;
  return parts;
}

void Append(std::vector<StoreEvent> more, std::vector<StoreEvent>& events) {
  std::move(more.begin(), more.end(), std::back_inserter(events));
}

std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

StoreWatch::StoreWatch(const Clock& clock, const std::vector<Target>& targets, CheckSettings settings)
    : clock_(clock), settings_(std::move(settings)) {
  LiveSettings live;
  live.follow_messages = true;
  for (const Target& target : targets) homes_.emplace_back(clock_, target, live);
}

absl::StatusOr<std::vector<StoreEvent>> StoreWatch::Begin() {
  StoreEvent event;
  event.kind = "watch_started";
  std::int64_t roots = 0;
  std::int64_t sessions = 0;
  for (LiveHome& home : homes_) {
    home.Sweep(false);
    if (!home.status().ok()) return home.status();
    for (const RootModel& root : home.model().roots) {
      ++roots;
      sessions += static_cast<std::int64_t>(root.sessions.size());
    }
  }
  for (const std::string& folder : LogFolders()) logs_.Begin(folder);
  config_files_ = ConfigFiles();
  std::vector<StoreEvent> ignored;
  AddStoreEvents(ignored);
  AddFindingEvents(ignored);
  event.facts["roots"] = roots;
  event.facts["sessions"] = sessions;
  event.facts["findings"] = static_cast<std::int64_t>(findings_.size());
  return std::vector<StoreEvent>{event};
}

std::vector<StoreEvent> StoreWatch::OnChanges(const ChangeBatch& batch) {
  std::vector<StoreEvent> events;
  if (batch.dropped > 0) {
    events.emplace_back().kind = "events_dropped";
    events.back().facts["count"] = batch.dropped;
  }
  std::set<std::string> changed = batch.paths;
  changed.merge(std::exchange(doubtful_, {}));
  for (LiveHome& home : homes_) {
    if (batch.rescan) home.Sweep(true);
    home.Refresh(changed);
  }
  AddStoreEvents(events);
  AddConfigEvents(events);
  AddLogEvents(batch, events);
  AddFindingEvents(events);
  return events;
}

std::vector<StoreEvent> StoreWatch::OnTime() {
  for (LiveHome& home : homes_) {
    home.Sweep(false);
    home.ReadSlice();
  }
  return OnChanges({});
}

void StoreWatch::AddStoreEvents(std::vector<StoreEvent>& events) {
  const std::int64_t now_ms = ToMillis(clock_.Now());
  std::map<std::string, Known> known;
  for (LiveHome& home : homes_) {
    const std::vector<RootModel>& roots = home.model().roots;
    for (std::size_t i = 0; i < roots.size(); ++i) {
      const RootModel& root = roots[i];
      const auto before = known_.find(root.root.path);
      const bool is_new = before == known_.end();
      RootModel none;
      none.root = root.root;
      const bool read = is_new || before->second.readings != home.readings(i);
      if (read || !root.strays.empty()) {
        Append(Diff(is_new ? none : before->second.model, known_ms_, root, now_ms), events);
      }
      Known& kept = known[root.root.path];
      if (read) {
        kept = {PartsThatMatter(root), home.readings(i)};
      } else {
        kept = std::move(before->second);
      }
    }
    for (LiveHome::Written& written : home.TakeWritten()) {
      StoreEvent event;
      event.kind = "message_written";
      event.root = written.root;
      event.path = written.root + "/" + written.message.path;
      event.session_id = written.message.session;
      const auto root = std::find_if(roots.begin(), roots.end(),
                                     [&](const RootModel& model) { return model.root.path == written.root; });
      if (root != roots.end()) event.parent_id = ParentIn(*root, event.session_id);
      const std::string name = event.path.substr(event.path.rfind('/') + 1);
      event.facts["message_id"] = name.substr(0, name.rfind('.'));
      event.facts["bytes"] = written.message.bytes;
      events.push_back(std::move(event));
    }
  }
  // Roots that are gone, and with them all that was in them.
  for (const auto& [path, gone] : known_) {
    if (known.contains(path)) continue;
    RootModel none;
    none.root = gone.model.root;
    Append(Diff(gone.model, known_ms_, none, now_ms), events);
  }
  known_ = std::move(known);
  known_ms_ = now_ms;
}

void StoreWatch::AddFindingEvents(std::vector<StoreEvent>& events) {
  std::vector<Finding> found;
  std::set<std::string> live;
  due_.reset();
  for (const LiveHome& home : homes_) {
    std::vector<Finding> of_home = CheckHome(home.model(), ToMillis(clock_.Now()), settings_);
    std::move(of_home.begin(), of_home.end(), std::back_inserter(found));
    AddLivePlaces(home.model(), live);
    due_ = Earlier(due_, home.due());
  }
  Settling::Result settled = settling_.Take(std::move(found), live, clock_.Mono());
  std::map<std::string, Finding> open;
  for (Finding& finding : settled.findings) open.emplace(finding.fingerprint, std::move(finding));
  for (auto& [fingerprint, finding] : findings_) {
    if (settled.open.contains(fingerprint)) open.emplace(fingerprint, finding);
  }
  Append(Diff(findings_, open), events);
  findings_ = std::move(open);
  doubtful_ = std::move(settled.unknown);
  due_ = Earlier(due_, settled.look_at);
}

void StoreWatch::AddLogEvents(const ChangeBatch& batch, std::vector<StoreEvent>& events) {
  for (const std::string& folder : LogFolders()) {
    const bool touched =
        batch.rescan || std::any_of(batch.paths.begin(), batch.paths.end(), [&](const std::string& path) {
          return path == folder || ParentOf(path) == folder;
        });
    const absl::StatusOr<Directory> directory = touched ? Directory::OpenRoot(folder) : absl::CancelledError();
    if (!directory.ok()) continue;
    std::vector<std::string> logs;
    const absl::Status listed = directory->List([&](const std::string& name, EntryType type) {
      if (type == EntryType::kFile && LogTail::IsLog(name)) logs.push_back(folder + "/" + name);
    });
    if (!listed.ok()) continue;
    for (const std::string& path : logs) {
      const std::int64_t errors = logs_.NewErrors(path);
      if (errors == 0) continue;
      events.emplace_back().kind = "log_error";
      events.back().path = path;
      events.back().facts["count"] = errors;
    }
  }
}

std::vector<std::string> StoreWatch::LogFolders() const {
  std::vector<std::string> folders;
  for (const LiveHome& home : homes_) {
    if (!home.target().home.path.empty()) {
      for (const std::string app : {"/dgmo", "/opencode"})
        folders.push_back(home.target().home.data_home + app + "/log");
    }
    for (const RootModel& root : home.model().roots) {
      folders.push_back(root.root.path + (root.root.kind == RootKind::kGuide ? "/logs" : "/log"));
    }
  }
  return folders;
}

void StoreWatch::AddConfigEvents(std::vector<StoreEvent>& events) {
  std::map<std::string, FileMark> now = ConfigFiles();
  std::set<std::string> paths;
  for (const auto& [path, mark] : now) paths.insert(path);
  for (const auto& [path, mark] : config_files_) paths.insert(path);
  for (const std::string& path : paths) {
    const auto old = config_files_.find(path);
    const auto mark = now.find(path);
    if (old != config_files_.end() && mark != now.end() && old->second.Same(mark->second)) continue;
    events.emplace_back().kind = "config_changed";
    events.back().path = path;
    events.back().facts["change"] = std::string(old == config_files_.end() ? "created"
                                                : mark == now.end()        ? "deleted"
                                                                           : "written");
  }
  config_files_ = std::move(now);
}

std::map<std::string, FileMark> StoreWatch::ConfigFiles() const {
  std::map<std::string, FileMark> files;
  const auto add = [&](const std::string& path) {
    const std::optional<FileMark> mark = MarkAt(path, 0);
    if (mark && mark->type == EntryType::kFile) files[path] = *mark;
  };
  for (const LiveHome& home : homes_) {
    if (!home.target().home.path.empty()) {
      for (const std::string app : {"/dgmo", "/opencode"}) {
        for (const std::string name : {"/config.json", "/config"}) add(home.target().home.config_home + app + name);
      }
    }
    for (const RootModel& root : home.model().roots) {
      if (root.root.kind != RootKind::kGuide) continue;
      for (const std::string name : {"/config.json", "/app.json"}) add(root.root.path + "/.opencode" + name);
    }
  }
  return files;
}

}  // namespace fleet::agent
