#include "agent/backup/sessions/archive_sessions.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/backup/sessions/take_backup.h"
#include "agent/repair/engine.h"
#include "agent/repair/guards.h"
#include "agent/repair/home_plan.h"
#include "agent/repair/request.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr char kRepair[] = "R-ARCHIVE";
constexpr char kCode[] = "ARCHIVE_REQUESTED";

class Archiving {
 public:
  Archiving(const ArchiveRequest& request, const Clock& clock, absl::FunctionRef<void(std::chrono::milliseconds)> pause)
      : request_(request), clock_(clock), pause_(pause) {}

  absl::StatusOr<ArchiveRun> Run() {
    // What an interrupted run left half moved is no session to be packed.
    if (request_.apply) RETURN_IF_ERROR(Engine().Apply({request_.target}, Selection()).status());
    ASSIGN_OR_RETURN(const HomeModel home, ReadHome(request_.target, pause_));
    RETURN_IF_ERROR(Choose(home));
    if (!request_.apply || run_.families.empty()) return std::move(run_);
    ASSIGN_OR_RETURN(ArchiveFolder folder, request_.folder.empty()
                                               ? ArchiveFolder::OfHome(request_.target.home, "archived")
                                               : ArchiveFolder::Named(request_.folder));
    RETURN_IF_ERROR(Pack(home, folder));
    RepairEngine engine = Engine();
    const absl::Status moved = ApplyInParts(engine, request_.target, Selection(), run_.runs);
    if (!HasMoved()) {
      RETURN_IF_ERROR(folder.Remove(run_.archive.substr(run_.archive.rfind('/') + 1)));
      run_.archive.clear();
      RETURN_IF_ERROR(moved);
    }
    return std::move(run_);
  }

 private:
  absl::Status Choose(const HomeModel& home) {
    std::set<std::string> missing(request_.sessions.begin(), request_.sessions.end());
    for (const RootModel& root : home.roots) {
      if (root.root.kind == RootKind::kForeign) continue;
      for (SessionFamily& family : FamiliesOf(root)) {
        if (!IsChosen(family)) continue;
        for (const std::string& id : family.ids) missing.erase(id);
        if (root.live) family.obstacle = LiveRefusal(root.root);
        if (!root.unreadable.empty()) family.obstacle = Unreadable(root);
        auto& list = family.obstacle ? run_.kept : run_.families;
        list.push_back({root.root.path, std::move(family)});
      }
    }
    if (missing.empty()) return absl::OkStatus();
    return NotFound("no session " + ToUtf8(*missing.begin()) + " with an info file in " +
                    ToUtf8(home.home.path.empty() ? "these roots" : home.home.path) +
                    "; `dgmo-agent sessions` lists them");
  }

  bool IsChosen(const SessionFamily& family) const {
    if (request_.sessions.empty()) return ToMillis(clock_.Now()) - family.last_ms >= request_.idle_ms;
    return std::any_of(request_.sessions.begin(), request_.sessions.end(),
                       [&](const std::string& id) { return family.ids.contains(id); });
  }

  static Refusal Unreadable(const RootModel& root) {
    return {"unreadable", "something in " + ToUtf8(root.root.path) + " could not be read; see to that first"};
  }

  absl::Status Pack(const HomeModel& home, ArchiveFolder& folder) {
    std::map<std::string, std::set<std::string>> ids;
    for (const ArchivedFamily& each : run_.families) {
      ids[each.root].insert(each.family.ids.begin(), each.family.ids.end());
    }
    std::vector<Root> roots;
    for (const RootModel& root : home.roots) {
      if (ids.contains(root.root.path)) roots.push_back(root.root);
    }
    std::vector<BackupSource> sources = SourcesOf({}, roots);
    for (BackupSource& source : sources) source.sessions = ids[source.root.path];
    const BackupOptions options{.state = request_.state, .full = true, .keep_older = true};
    ASSIGN_OR_RETURN(const BackupRun packed,
                     TakeBackup(sources, folder, options, request_.target.home, ToMillis(clock_.Now()), pause_));
    run_.archive = packed.archive;
    return absl::OkStatus();
  }

  RepairSelection Selection() const {
    std::set<std::string> roots;
    for (const ArchivedFamily& each : run_.families) roots.insert(each.root);
    std::vector<Finding> requests;
    for (const std::string& root : roots) {
      requests.push_back(RequestFor(kRepair, kCode, Severity::kP2, root));
      requests.back().evidence["archive"] = run_.archive;
    }
    return Requested(kRepair, kCode, std::move(requests));
  }

  RepairEngine Engine() const {
    RepairEngine::Options options;
    options.state = request_.state;
    options.pause = pause_;
    return {clock_, std::move(options)};
  }

  bool HasMoved() const {
    return std::any_of(run_.runs.begin(), run_.runs.end(), [](const RepairRun& run) {
      return std::any_of(run.results.begin(), run.results.end(),
                         [](const RepairResult& result) { return result.outcome == Outcome::kApplied; });
    });
  }

  const ArchiveRequest& request_;
  const Clock& clock_;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause_;
  ArchiveRun run_;
};

}  // namespace

absl::StatusOr<ArchiveRun> ArchiveSessions(const ArchiveRequest& request, const Clock& clock,
                                           absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  if (request.target.home.path.empty() && request.folder.empty()) {
    return InvalidArgument("data roots named with --root belong to no home; name the folder for the archive with --to");
  }
  return Archiving(request, clock, pause).Run();
}

}  // namespace fleet::agent
