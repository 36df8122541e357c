#include "agent/drill/sandbox.h"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "agent/backup/sessions/home_backup.h"
#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/repair/request.h"
#include "agent/store/find_roots.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;

void DoNotPause(std::chrono::milliseconds) {}

}  // namespace

Sandbox::Sandbox(std::string folder, const Clock& clock) : folder_(std::move(folder)), clock_(clock) {
  fs::create_directories(home());
  fs::create_directories(folder_ + "/taken-away");
}

void (*Sandbox::pause() const)(std::chrono::milliseconds) { return somebody_writes_ ? SleepFor : DoNotPause; }

SandboxStore Sandbox::AddStore(const std::string& slug, const std::string& app) {
  return {home() + "/.local/share/" + app + "/project/" + slug, now_ms()};
}

absl::StatusOr<Target> Sandbox::TargetHere() const {
  ASSIGN_OR_RETURN(Home home_here, HomeAt(home(), /*use_environment=*/false));
  return Target{.home = std::move(home_here), .explicit_roots = {}};
}

absl::StatusOr<std::vector<Finding>> Sandbox::Check() const {
  ASSIGN_OR_RETURN(const Target target, TargetHere());
  ASSIGN_OR_RETURN(const HomeModel model, Inspect(target, pause()));
  return CheckHome(model, now_ms());
}

RepairEngine Sandbox::Engine() const {
  RepairEngine::Options options;
  options.state = state();
  options.pause = pause();
  return {clock_, std::move(options)};
}

absl::StatusOr<RepairRun> Sandbox::Repair(const RepairSelection& selection) const {
  ASSIGN_OR_RETURN(Target target, TargetHere());
  return Engine().Apply({std::move(target)}, selection);
}

absl::StatusOr<std::vector<RepairRun>> Sandbox::RepairInParts(const RepairSelection& request) const {
  ASSIGN_OR_RETURN(const Target target, TargetHere());
  RepairEngine engine = Engine();
  std::vector<RepairRun> runs;
  RETURN_IF_ERROR(ApplyInParts(engine, target, request, runs));
  return runs;
}

absl::StatusOr<UndoRun> Sandbox::Undo(const std::string& journal) const { return Engine().Undo(journal); }

absl::StatusOr<BackupRun> Sandbox::BackUp(bool full) const {
  ASSIGN_OR_RETURN(const Target target, TargetHere());
  BackupOptions options;
  options.state = state();
  options.full = full;
  options.reserve_bytes = 0;
  return BackUpTarget(target, /*folder=*/"", options, clock_, pause());
}

absl::StatusOr<RestoreRun> Sandbox::Restore(const std::string& session, std::optional<std::int64_t> at_ms) const {
  RestoreRequest request;
  ASSIGN_OR_RETURN(request.target, TargetHere());
  request.session = session;
  request.at_ms = at_ms;
  request.state = state();
  return fleet::agent::Restore(request, clock_, pause());
}

absl::Status Sandbox::TakeAway(const std::string& path) {
  std::error_code error;
  fs::rename(path, folder_ + "/taken-away/" + std::to_string(++taken_), error);
  if (error) return Internal("cannot take " + ToUtf8(path) + " away: " + error.message());
  return absl::OkStatus();
}

absl::StatusOr<SandboxFolder> SandboxFolder::Make(const std::string& folder) {
  std::string path = folder + "/dgmo-agent-sandbox-XXXXXX";  // mkdtemp fills the pattern in
  if (mkdtemp(path.data()) == nullptr) return FromErrno(errno, "cannot make a folder in " + ToPrintable(folder));
  return SandboxFolder(std::move(path));
}

SandboxFolder::~SandboxFolder() {
  std::error_code left;
  if (!path_.empty()) fs::remove_all(path_, left);
}

Files FilesBelow(const std::string& folder) {
  Files files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!fs::is_regular_file(entry->symlink_status())) continue;
    std::ifstream stream(entry->path(), std::ios::binary);
    files[entry->path().string().substr(folder.size() + 1)] = {std::istreambuf_iterator<char>(stream), {}};
  }
  return files;
}

double ShareKept(const Files& expected, const Files& actual) {
  if (expected.empty()) return 1;
  const auto kept = std::count_if(expected.begin(), expected.end(), [&](const auto& file) {
    const auto found = actual.find(file.first);
    return found != actual.end() && found->second == file.second;
  });
  return static_cast<double>(kept) / static_cast<double>(expected.size());
}

std::string CodesOf(const std::vector<Finding>& findings) {
  std::string codes;
  for (const Finding& finding : findings) codes += (codes.empty() ? "" : ", ") + finding.code;
  return codes.empty() ? "nothing" : codes;
}

bool Has(const std::vector<Finding>& findings, std::string_view code) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.code == code; });
}

}  // namespace fleet::agent
