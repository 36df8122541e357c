#include <algorithm>
#include <set>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kLitterAgeMs = 60'000;

// How much a thing weighs that dgmo stumbles over when it lists: one among the infos hides all sessions.
Severity SeverityIn(Area area) {
  if (area == Area::kInfo) return Severity::kP1;
  return area == Area::kMessage ? Severity::kP2 : Severity::kP3;
}

bool HasDirectory(const RootModel& root, const std::string& path) {
  return root.directories.count(path) > 0 || root.unreadable.count(path) > 0 || root.strays.count(path) > 0;
}

bool HasAnyMessage(const RootModel& root) {
  return std::any_of(root.conversations.begin(), root.conversations.end(),
                     [](const auto& entry) { return entry.second.messages + entry.second.damaged > 0; });
}

void AddMissingDirectory(const RootView& root, const std::string& path, Severity severity,
                         std::vector<Finding>& findings) {
  Finding finding = root.Draft("STORAGE_SUBDIR_MISSING", path, {path});
  finding.severity = severity;
  finding.evidence["expected"] = finding.path;
  findings.push_back(std::move(finding));
}

void CheckSkeleton(const RootView& root, std::vector<Finding>& findings) {
  const RootModel& model = root.model();
  if (model.unreadable.count("") > 0) return;
  // A project directory is one because of its app.json; without it there is nothing to be beside.
  const bool expects = model.root.kind == RootKind::kGuide || model.has_app_file;
  for (const std::string_view directory : LayoutOf(model.root.kind).skeleton) {
    const bool top = directory.find('/') == std::string_view::npos && directory.front() != '.';
    const std::string path(directory);
    if (top && expects && !HasDirectory(model, path)) AddMissingDirectory(root, path, Severity::kP2, findings);
  }
  // In the guide's layout infos lie elsewhere.
  if (model.root.kind == RootKind::kProgram && HasDirectory(model, "storage/session/message") &&
      !HasDirectory(model, "storage/session/info")) {
    AddMissingDirectory(root, "storage/session/info", HasAnyMessage(model) ? Severity::kP1 : Severity::kP2, findings);
  }
}

std::string StateOf(const RootView& root, const Place& place, const std::string& path) {
  const RootModel& model = root.model();
  if (model.damaged.count(path) > 0) return "damaged";
  Presence presence = Presence::kUnknown;
  if (place.cls == DocumentClass::kSession) presence = root.Info(place.subject);
  if (place.cls == DocumentClass::kSubsession) presence = root.Record(place.subject);
  if (place.cls == DocumentClass::kIndex) presence = root.Index(place.subject);
  if (presence == Presence::kUnknown) return "unknown";
  return presence == Presence::kPresent ? "valid" : "missing";
}

// Old enough that nobody can still be writing it. The name tells when the write began; while dgmo is at work the
// file's own time counts too.
bool IsAbandoned(const RootView& root, const Stray& litter) {
  const std::int64_t by_name = root.now_ms() - litter.litter_ms;
  const std::int64_t by_time = root.now_ms() - litter.stat.mtime_ms();
  return (root.model().live ? std::min(by_name, by_time) : std::max(by_name, by_time)) > kLitterAgeMs;
}

using Litter = std::vector<std::pair<std::string, const Stray*>>;

Finding DraftLitter(const RootView& root, const std::string& target, const Litter& litter) {
  const Place& place = litter.front().second->place;
  const std::string state = StateOf(root, place, target);
  std::vector<std::string> paths;
  for (const auto& [path, stray] : litter) paths.push_back(path);
  if (state == "valid" || state == "damaged") paths.push_back(target);
  const std::string& subject = place.subject.empty() ? target : place.subject;
  Finding finding = root.Draft("TMP_LITTER", subject, paths, target);
  finding.severity = SeverityIn(place.area);
  finding.evidence["target"] = target;
  finding.evidence["target_state"] = state;
  finding.evidence["litter_files"] = static_cast<std::int64_t>(litter.size());
  finding.evidence["litter_ms"] = litter.front().second->litter_ms;
  AddStat(finding, litter.front().second->stat);
  return finding;
}

void CheckLitter(const RootView& root, std::vector<Finding>& findings) {
  std::map<std::string, Litter> by_target;
  for (const auto& [path, stray] : root.model().strays) {
    if (stray.kind != Stray::Kind::kLitter || !IsAbandoned(root, stray)) continue;
    by_target[stray.target].emplace_back(path, &stray);
  }
  for (auto& [target, litter] : by_target) {
    std::stable_sort(litter.begin(), litter.end(),
                     [](const auto& a, const auto& b) { return a.second->litter_ms > b.second->litter_ms; });
    findings.push_back(DraftLitter(root, target, litter));
  }
}

void CheckStray(const RootView& root, const std::string& path, const Stray& stray, std::vector<Finding>& findings) {
  const bool is_copy = stray.kind == Stray::Kind::kConflictCopy;
  const bool is_file = is_copy || stray.kind == Stray::Kind::kForeignFile;
  const std::string_view code = is_copy   ? "STORAGE_CONFLICT_COPY"
                                : is_file ? "STORAGE_FOREIGN_FILE"
                                          : "STORAGE_UNEXPECTED_TYPE";
  Finding finding = root.Draft(code, path, {path});
  if (is_file) finding.severity = SeverityIn(stray.place.area);
  AddStat(finding, stray.stat);
  finding.evidence["type"] = std::string(EntryTypeText(stray.type));
  if (stray.leaves_root) {
    finding.evidence["leaves_root"] = 1;
    finding.evidence["security"] = 1;
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void CheckStorage(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  CheckSkeleton(root, findings);
  CheckLitter(root, findings);
  for (const auto& [path, stray] : root.model().strays) {
    if (stray.kind == Stray::Kind::kLitter || root.IsFresh(stray.stat.mtime_ms())) continue;
    CheckStray(root, path, stray, findings);
  }
}

}  // namespace fleet::agent
