#include "agent/watch/live_home.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/probe/environment.h"
#include "agent/probe/inspect.h"
#include "agent/probe/liveness.h"
#include "agent/store/find_roots.h"
#include "agent/watch/watch_plan.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// A dgmo that ended a moment ago may have written what was read a moment ago.
constexpr std::chrono::seconds kLinger{2};
// What a live dgmo wrote is judged when it is older than ten seconds (catalogue: "Liveness rule").
constexpr std::chrono::milliseconds kFresh{10'500};

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path[folder.size()] == '/' && path.compare(0, folder.size(), folder) == 0;
}

std::int64_t BytesOf(const RootModel& root) {
  constexpr std::int64_t kDocument = 512;  // about the size of those that are not messages
  std::int64_t bytes =
      kDocument * static_cast<std::int64_t>(root.sessions.size() + root.records.size() + root.indexes.size());
  for (const auto& [id, conversation] : root.conversations) bytes += conversation.bytes;
  return bytes;
}

// Paths are compared with those of changes, which have no links.
Target Resolved(Target target) {
  if (target.home.path.empty()) return target;
  target.home.data_home = WithoutLinks(target.home.data_home);
  target.home.config_home = WithoutLinks(target.home.config_home);
  return target;
}

}  // namespace

LiveHome::LiveHome(const Clock& clock, Target target, LiveSettings settings)
    : clock_(clock), target_(Resolved(std::move(target))), settings_(settings) {
  model_.home = target_.home;
}

void LiveHome::Sweep(bool every_file) {
  FindAgain(every_file);
  for (std::size_t i = 0; i < tracked_.size(); ++i) LookForLife(i);
}

// Brings the list of roots up to date, and with it every root.
void LiveHome::FindAgain(bool every_file) {
  const bool searched = target_.explicit_roots.empty();
  model_.unreadable.clear();
  model_.foreign.clear();
  std::vector<Root> roots = target_.explicit_roots;
  if (searched) {
    model_.home = WithEnvironmentOfProcesses(target_.home);
    roots = FindRoots(model_.home, model_.unreadable);
  }
  std::vector<RootModel> models = std::exchange(model_.roots, {});
  std::vector<Tracked> tracked = std::exchange(tracked_, {});
  status_ = absl::OkStatus();
  for (const Root& root : roots) {
    if (root.kind == RootKind::kForeign) {
      model_.foreign.push_back(root);
      continue;
    }
    const auto known =
        std::find_if(models.begin(), models.end(), [&](const RootModel& model) { return model.root == root; });
    absl::Status swept;
    if (known == models.end()) {
      swept = Track(root);
    } else {
      const auto i = static_cast<std::size_t>(known - models.begin());
      model_.roots.push_back(std::move(*known));
      tracked_.push_back(std::move(tracked[i]));
      swept = tracked_.back().tracker.Sweep(model_.roots.back(), every_file);
      if (!swept.ok() && searched) {
        model_.roots.pop_back();
        tracked_.pop_back();
      }
    }
    if (swept.ok()) continue;
    if (searched) {
      model_.unreadable[root.path] = {ErrnoOf(swept), true};
    } else {
      status_.Update(swept);
    }
  }
  if (searched) InspectSurroundings(roots, model_);
}

absl::Status LiveHome::Track(const Root& root) {
  RootModel model;
  model.root = root;
  Tracked tracked{RootTracker(clock_), 0, std::nullopt, std::nullopt};
  RETURN_IF_ERROR(tracked.tracker.Read(model));
  if (settings_.follow_messages) tracked.tracker.FollowMessages();
  model_.roots.push_back(std::move(model));
  tracked_.push_back(std::move(tracked));
  return absl::OkStatus();
}

void LiveHome::Refresh(const std::set<std::string>& changed) {
  bool elsewhere = false;
  std::vector<std::set<std::string>> paths(tracked_.size());
  for (const std::string& path : changed) {
    const auto root = std::find_if(model_.roots.begin(), model_.roots.end(),
                                   [&](const RootModel& model) { return IsBelow(path, model.root.path); });
    if (root == model_.roots.end()) {
      elsewhere = true;
    } else {
      paths[static_cast<std::size_t>(root - model_.roots.begin())].insert(path.substr(root->root.path.size() + 1));
    }
  }
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    const std::optional<MonoTime> due = tracked_[i].tracker.due();
    if (!paths[i].empty() || (due && *due <= clock_.Mono())) tracked_[i].tracker.Refresh(model_.roots[i], paths[i]);
  }
  // A root may have come, gone or been replaced.
  if (elsewhere) FindAgain(false);
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    if (tracked_[i].tracker.readings() != tracked_[i].readings || model_.roots[i].live) LookForLife(i);
  }
}

void LiveHome::LookForLife(std::size_t i) {
  Tracked& tracked = tracked_[i];
  const MonoTime now = clock_.Mono();
  if (IsLive(model_.roots[i].root)) tracked.lived = now;
  model_.roots[i].live = tracked.lived && now - *tracked.lived < kLinger;
  if (std::exchange(tracked.readings, tracked.tracker.readings()) != tracked.readings) tracked.read = now;
}

std::optional<MonoTime> LiveHome::due() const {
  std::optional<MonoTime> due;
  const auto take = [&](MonoTime at) {
    if (!due || at < *due) due = at;
  };
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    if (const auto waiting = tracked_[i].tracker.due()) take(*waiting);
    const std::optional<MonoTime>& read = tracked_[i].read;
    if (model_.roots[i].live && read && *read + kFresh > clock_.Mono()) take(*read + kFresh);
  }
  return due;
}

void LiveHome::ReadSlice() {
  const MonoTime now = clock_.Mono();
  const double seconds = sliced_ ? std::chrono::duration<double>(now - *sliced_).count() : 0;
  sliced_ = now;
  std::int64_t store = 0;
  for (const RootModel& root : model_.roots) store += BytesOf(root);
  const double wanted = static_cast<double>(store) / std::chrono::duration<double>(settings_.slice_round).count();
  slice_bytes_ += seconds * std::min(wanted, static_cast<double>(settings_.most_slice_bytes));
  // Each root in turn. What one conversation takes too much, the next slices do without.
  for (std::size_t roots = model_.roots.size(); roots > 0 && slice_bytes_ >= 1; --roots) {
    slice_root_ = (slice_root_ + 1) % model_.roots.size();
    RootModel& model = model_.roots[slice_root_];
    const std::int64_t before = model.stats.bytes;
    tracked_[slice_root_].tracker.ReadSlice(model, static_cast<std::int64_t>(slice_bytes_));
    slice_bytes_ -= static_cast<double>(std::max<std::int64_t>(1, model.stats.bytes - before));
  }
}

bool LiveHome::IsConfiguration(const std::string& path) const {
  if (target_.home.path.empty()) return false;
  for (const std::string app : {"/dgmo", "/opencode"}) {
    const std::string folder = target_.home.config_home + app;
    if (path == folder || IsBelow(path, folder)) return true;
  }
  return false;
}

std::vector<LiveHome::Written> LiveHome::TakeWritten() {
  std::vector<Written> written;
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    for (WrittenMessage& message : tracked_[i].tracker.TakeWritten()) {
      written.push_back({model_.roots[i].root.path, std::move(message)});
    }
  }
  return written;
}

}  // namespace fleet::agent
