#include "agent/repair/journal.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/repair/journal_text.h"
#include "agent/store/durable_file.h"
#include "common/random_id.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kLargestManifest = 256LL * 1024 * 1024;

std::string FolderOf(const std::string& state) { return state + "/repairs"; }

bool Exists(const std::string& path) {
  struct stat st;
  return lstat(path.c_str(), &st) == 0;
}

}  // namespace

std::string_view StageText(RootStage stage) {
  static constexpr std::string_view kTexts[] = {"prepared", "committed", "rolled_back", "undoing", "undone"};
  return kTexts[static_cast<int>(stage)];
}

Journal::Journal(std::string state, std::string id, std::int64_t created_ms)
    : state_(std::move(state)), id_(std::move(id)), folder_(FolderOf(state_) + "/" + id_), created_ms_(created_ms) {}

std::string Journal::NewId(std::int64_t now_ms) {
  const std::string random = RandomId("");
  return TimeNameText(now_ms) + "-" + random.substr(random.size() - 8);
}

absl::StatusOr<Journal> Journal::Begin(const std::string& state, std::int64_t now_ms) {
  Journal journal(state, NewId(now_ms), now_ms);
  if (Exists(journal.folder_)) return AlreadyExists("there is a journal " + journal.id_ + " already; try again");
  RETURN_IF_ERROR(MakeFolder(journal.folder_ + "/backup"));
  return journal;
}

absl::StatusOr<std::vector<std::string>> Journal::Ids(const std::string& state) {
  std::vector<std::string> ids;
  std::error_code error;
  std::filesystem::directory_iterator entry(FolderOf(state), error);
  if (error == std::errc::no_such_file_or_directory) return ids;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->is_directory(error)) ids.push_back(entry->path().filename().string());
    error.clear();
  }
  if (error) return FromErrno(error.value(), "cannot list " + ToUtf8(FolderOf(state)));
  std::sort(ids.begin(), ids.end());
  return ids;
}

absl::StatusOr<Journal> Journal::Load(const std::string& state, const std::string& id) {
  // The id is looked up, never made into a path: it may come from another machine.
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, Ids(state));
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
    return NotFound("there is no journal " + ToUtf8(id) + " below " + ToUtf8(FolderOf(state)) +
                    "; `dgmo-agent journal` lists them");
  }
  Journal journal(state, id, 0);
  const absl::StatusOr<std::string> text = journal.ManifestText();
  if (absl::IsNotFound(text.status())) {
    return DataLoss("journal " + id + " has no manifest: it was interrupted before anything was changed");
  }
  if (!text.ok()) return text.status();
  absl::StatusOr<Manifest> manifest = ManifestFromText(*text);
  if (!manifest.ok()) return Annotate(manifest.status(), "cannot follow journal " + ToUtf8(id) + "; it is left alone");
  if (manifest->id != id)
    return DataLoss("journal " + ToUtf8(id) + " holds the manifest of another one; it is left alone");
  journal.created_ms_ = manifest->created_ms;
  journal.roots_ = std::move(manifest->roots);
  return journal;
}

bool Journal::HasManifest(const std::string& state, const std::string& id) {
  return Exists(FolderOf(state) + "/" + id + "/manifest.json");
}

absl::Status Journal::Prepare(std::vector<JournalRoot> roots, const std::vector<Plan>& plans) {
  roots_ = std::move(roots);
  RETURN_IF_ERROR(SyncFolder(folder_ + "/backup"));
  return WriteDurably(folder_ + "/manifest.json",
                      ManifestToText({.id = id_, .created_ms = created_ms_, .roots = roots_}, plans));
}

void Journal::Discard() {
  std::error_code ignored;  // what stays is a folder without a manifest, which nobody follows
  std::filesystem::remove_all(folder_, ignored);
  std::filesystem::remove_all(state_ + "/quarantine/" + id_, ignored);
}

std::string Journal::StagePath(std::size_t root, RootStage stage) const {
  return folder_ + "/root-" + std::to_string(root) + "." + std::string(StageText(stage));
}

RootStage Journal::StageOf(std::size_t root) const {
  for (const RootStage stage :
       {RootStage::kUndone, RootStage::kUndoing, RootStage::kRolledBack, RootStage::kCommitted}) {
    if (Exists(StagePath(root, stage))) return stage;
  }
  return RootStage::kPrepared;
}

absl::Status Journal::Mark(std::size_t root, RootStage stage) { return WriteDurably(StagePath(root, stage), ""); }

bool Journal::IsOpen() const {
  const RootStage stage = Stage();
  return stage == RootStage::kPrepared || stage == RootStage::kUndoing;
}

RootStage Journal::Stage() const {
  constexpr RootStage kLeastFinishedFirst[] = {RootStage::kPrepared, RootStage::kUndoing, RootStage::kCommitted,
                                               RootStage::kUndone};
  for (const RootStage stage : kLeastFinishedFirst) {
    for (std::size_t root = 0; root < roots_.size(); ++root) {
      if (StageOf(root) == stage) return stage;
    }
  }
  return RootStage::kRolledBack;
}

absl::Status Journal::WriteResults(const std::vector<RepairResult>& results) {
  return WriteDurably(folder_ + "/results.json", ResultsToText(results));
}

std::string Journal::QuarantineFolder(std::size_t root) const {
  return state_ + "/quarantine/" + id_ + "/" + std::to_string(root);
}

absl::StatusOr<std::string> Journal::ManifestText() const {
  return ReadFile(folder_ + "/manifest.json", kLargestManifest);
}

std::string Journal::ResultsText() const { return ReadFile(folder_ + "/results.json", kLargestManifest).value_or(""); }

}  // namespace fleet::agent
