#include "agent/cli/regular_backups.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "agent/backup/sessions/home_backup.h"
#include "agent/probe/inspect.h"
#include "agent/probe/self_limits.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

RegularBackups::RegularBackups(const Clock& clock, std::vector<Target> targets, std::string state, std::string folder,
                               std::chrono::milliseconds objective)
    : clock_(clock),
      targets_(std::move(targets)),
      state_(std::move(state)),
      folder_(std::move(folder)),
      schedule_(objective, clock.Mono()) {
  strand_.Post([this] {
    RunInBackground();
    Plan();
  });
}

void RegularBackups::Stop() {
  stop_ = true;
  strand_.Stop();
}

void RegularBackups::Plan() {
  strand_.PostAt(schedule_.due(), [this] { Run(); });
}

void RegularBackups::Run() {
  const MonoTime began = clock_.Mono();
  absl::Status failed;
  for (const Target& target : targets_) {
    if (stop_) return;
    if (target.home.path.empty() && folder_.empty()) continue;  // data roots alone have no place for backups
    const BackupOptions options{.state = state_, .only_if_changed = true, .stop = &stop_};
    const absl::StatusOr<BackupRun> run = BackUpTarget(target, folder_, options, clock_, SleepFor);
    if (stop_) return;
    if (run.ok()) {
      if (!run->archive.empty()) {
        spdlog::debug("backup_made archive={} files={}", ToPrintable(run->archive), run->manifest.files.size());
      }
    } else if (!absl::IsNotFound(run.status())) {  // nothing to save is no failure
      failed = Annotate(run.status(), ToUtf8(target.home.path));
    }
  }
  if (failed.ok()) {
    if (schedule_.failures() > 0) spdlog::info("backup_works_again failures={}", schedule_.failures());
    schedule_.Succeeded(began);
  } else {
    schedule_.Failed(clock_.Mono());
    if (schedule_.IsWorthTelling()) {
      spdlog::warn("backup_failed failures={} error=\"{}\"", schedule_.failures(), ToPrintable(MessageOf(failed)));
    }
  }
  TrimMemory();
  Plan();
}

}  // namespace fleet::agent
