#include "agent/repair/planned_root.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// Above every size the catalogue allows. What is larger is guarded by its stat alone.
constexpr std::int64_t kLargestRead = 128LL * 1024 * 1024;

bool IsFile(const FileStat& stat) { return S_ISREG(stat.mode); }

// What a file will look like that an earlier step writes: its inode is not known yet.
FileStat PlannedStat(std::string_view bytes, std::int64_t now_ms, uid_t owner) {
  return {.size = static_cast<std::int64_t>(bytes.size()),
          .mtime_ns = now_ms * 1'000'000,
          .mode = S_IFREG,
          .uid = owner,
          .gid = 0};
}

std::string NameIn(const std::string& directory, const std::string& path) {
  const std::size_t start = directory.empty() || directory == "." ? 0 : directory.size() + 1;
  if (path.size() <= start || (start > 0 && path.compare(0, start, directory + "/") != 0)) return "";
  std::string name = path.substr(start);
  return name.find('/') == std::string::npos ? name : "";
}

}  // namespace

PlannedRoot::PlannedRoot(Directory directory, RootModel model, std::int64_t now_ms)
    : directory_(std::move(directory)), model_(std::move(model)), now_ms_(now_ms) {}

absl::StatusOr<std::string> PlannedRoot::Read(const std::string& path) const {
  if (const auto planned = planned_.find(path); planned != planned_.end()) {
    if (!planned->second) return NotFound(ToUtf8(path) + " is moved away by an earlier step");
    return *planned->second;
  }
  PaddedText bytes;
  FileStat stat;
  RETURN_IF_ERROR(directory_.Read(path, kLargestRead, bytes, stat));
  return std::string(bytes.view());
}

absl::StatusOr<FileStat> PlannedRoot::Stat(const std::string& path) const {
  if (const auto set = access_.find(path); set != access_.end()) return set->second;
  const auto planned = planned_.find(path);
  if (planned == planned_.end()) return directory_.Stat(path);
  if (!planned->second) return NotFound(ToUtf8(path) + " is moved away by an earlier step");
  return PlannedStat(*planned->second, now_ms_, model_.root.owner);
}

absl::StatusOr<std::vector<std::string>> PlannedRoot::List(const std::string& directory) const {
  std::set<std::string> names;
  const auto opened = directory_.Open(directory.empty() ? "." : directory);
  if (opened.ok()) {
    RETURN_IF_ERROR(opened->List([&](const std::string& name, EntryType type) {
      if (type == EntryType::kFile) names.insert(name);
    }));
  } else if (opened.status().code() != absl::StatusCode::kNotFound) {
    return opened.status();
  }
  for (const auto& [path, bytes] : planned_) {
    const std::string name = NameIn(directory, path);
    if (name.empty()) continue;
    if (bytes) {
      names.insert(name);
    } else {
      names.erase(name);
    }
  }
  return std::vector<std::string>(names.begin(), names.end());
}

absl::StatusOr<std::vector<std::pair<std::string, EntryType>>> PlannedRoot::Entries(
    const std::string& directory) const {
  ASSIGN_OR_RETURN(const Directory opened, directory_.Open(directory.empty() ? "." : directory));
  std::vector<std::pair<std::string, EntryType>> entries;
  RETURN_IF_ERROR(opened.List([&](const std::string& name, EntryType type) { entries.emplace_back(name, type); }));
  std::sort(entries.begin(), entries.end());
  return entries;
}

absl::StatusOr<Step> PlannedRoot::StepFor(const Change& change) const {
  Step step{.change = change, .before = std::nullopt, .before_sha256 = ""};
  const std::string& path = PathOf(change);
  if (const auto planned = planned_.find(path); planned != planned_.end()) {
    if (!planned->second) return step;
    step.before = PlannedStat(*planned->second, now_ms_, model_.root.owner);
    step.before_sha256 = Sha256Hex(*planned->second);
    return step;
  }
  const bool only_access = std::holds_alternative<SetAccess>(change);
  const auto found = only_access ? Stat(path == "." ? "" : path) : directory_.Stat(path);
  if (!found.ok()) {
    if (found.status().code() == absl::StatusCode::kNotFound) return step;
    return found.status();
  }
  step.before = *found;
  if (only_access || !IsFile(*found) || found->size > kLargestRead) return step;
  PaddedText bytes;
  FileStat read;
  RETURN_IF_ERROR(directory_.Read(path, kLargestRead, bytes, read));
  step.before = read;
  step.before_sha256 = Sha256Hex(bytes.view());
  return step;
}

absl::Status PlannedRoot::CheckStep(const Step& step) const {
  const std::string path = ToUtf8(PathOf(step.change));
  const bool directory =
      std::holds_alternative<MakeDirectory>(step.change) || std::holds_alternative<RemoveDirectory>(step.change);
  if (std::holds_alternative<RemoveDirectory>(step.change) && !step.before) {
    return NotFound("cannot remove the directory " + path + ": it is gone; check again");
  }
  if (std::holds_alternative<Quarantine>(step.change) && !step.before) {
    return NotFound("cannot quarantine " + path + ": it is gone; check again");
  }
  if (std::holds_alternative<SetAccess>(step.change)) {
    if (!step.before) return NotFound("cannot set the rights of " + path + ": it is gone; check again");
    if (S_ISDIR(step.before->mode) || IsFile(*step.before)) return absl::OkStatus();
  }
  if (step.before && directory && !S_ISDIR(step.before->mode)) {
    return FailedPrecondition("there is no directory " + path + ": something else has its name; move it away");
  }
  if (step.before && !directory && !IsFile(*step.before)) {
    return FailedPrecondition("cannot change " + path + ": it is not a regular file; look at it and move it away");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Step>> PlannedRoot::Add(std::vector<Change> changes) {
  std::vector<Step> steps;
  for (Change& change : changes) {
    ASSIGN_OR_RETURN(Step step, StepFor(change));
    RETURN_IF_ERROR(CheckStep(step));
    if (std::holds_alternative<MakeDirectory>(change) && step.before) continue;
    steps.push_back(std::move(step));
  }
  for (const Step& step : steps) Take(step);
  return steps;
}

// What could not be read stays unknown until the rights are really there.
void PlannedRoot::TakeAccess(const SetAccess& set, const FileStat& before) {
  const std::string path = set.path == "." ? "" : set.path;
  FileStat after = before;
  after.mode = (before.mode & ~07777U) | set.mode;
  after.uid = set.owner.value_or(before.uid);
  const std::string folder = AccessFolder(LayoutOf(model_.root.kind), path, S_ISDIR(before.mode));
  model_.access.Change(folder, path, before, after);
  access_[path] = after;
}

void PlannedRoot::Take(const Step& step) {
  const std::string& path = PathOf(step.change);
  if (const auto* set = std::get_if<SetAccess>(&step.change)) return TakeAccess(*set, *step.before);
  if (std::holds_alternative<MakeDirectory>(step.change)) {
    model_.directories.insert(path);
    return;
  }
  if (std::holds_alternative<RemoveDirectory>(step.change)) {
    const Place place = LayoutOf(model_.root.kind).place(path, true);
    if (place.role == DirectoryRole::kConversation) ForgetConversation(model_, place.session, path);
    model_.directories.erase(path);
    return;
  }
  if (step.before) Forget(model_, path);
  if (const auto* write = std::get_if<WriteFile>(&step.change)) {
    planned_[path] = write->bytes;
    Ingest(model_, path, PlannedStat(write->bytes, now_ms_, model_.root.owner), PaddedText(write->bytes), parser_);
  } else {
    planned_[path] = std::nullopt;
  }
}

}  // namespace fleet::agent
