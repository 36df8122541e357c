#include "agent/backup/sessions/root_restore.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/document_text.h"
#include "agent/repair/planned_root.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/durable_file.h"
#include "agent/store/scan.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// In the order in which dgmo's listings may see them: no info before its messages, no index before its records.
int RankOf(const Place& place) {
  switch (place.cls) {
    case DocumentClass::kMessage: return 0;
    case DocumentClass::kSession: return 1;
    case DocumentClass::kSubsession: return 2;
    case DocumentClass::kIndex: return 3;
    default: return 4;
  }
}

std::vector<std::string> EntriesOf(const Document& document) {
  std::vector<std::string> ids;
  const auto* index = std::get_if<IndexDocument>(&document);
  if (index == nullptr) return ids;
  for (const IndexDocument::Entry& entry : index->entries) {
    if (entry.is_text) ids.push_back(entry.text);
  }
  return ids;
}

// Not made durable: after a crash nobody needs it.
absl::Status StageFile(const std::string& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(path));
  return Annotate(WriteAll(file.get(), bytes), ToUtf8(path));
}

FileStat StatOf(std::string_view bytes, std::int64_t mtime_ms, uid_t owner) {
  return {.size = static_cast<std::int64_t>(bytes.size()), .mtime_ns = mtime_ms * 1'000'000, .mode = 0, .uid = owner};
}

}  // namespace

absl::StatusOr<RootRestore> RootRestore::Begin(RestoreTarget target, std::int64_t now_ms) {
  RootRestore restore(std::move(target), now_ms);
  restore.outcome_.key = restore.target_.key;
  restore.outcome_.path = restore.target_.root.path;
  restore.outcome_.skipped = restore.target_.skipped;
  restore.model_.root = restore.target_.root;
  if (!restore.target_.exists) return restore;
  ASSIGN_OR_RETURN(restore.writer_, RootWriter::Open(restore.target_.root.path));
  if (restore.target_.is_configuration) return restore;
  ASSIGN_OR_RETURN(restore.model_, ScanRoot(restore.target_.root));
  return restore;
}

absl::StatusOr<PathState> RootRestore::Look(const std::string& path) const {
  if (!writer_) return PathState();
  return writer_->Look(path);
}

bool RootRestore::IsReadable(const std::string& path) const {
  if (!target_.is_configuration) return !model_.damaged.contains(path) && !model_.unreadable.contains(path);
  if (!path.ends_with(".json")) return true;
  PaddedText bytes;
  FileStat stat;
  DocumentParser parser;
  return writer_->directory().Read(path, SizeLimit(DocumentClass::kConfig), bytes, stat).ok() &&
         !std::holds_alternative<Fault>(parser.Parse(DocumentClass::kConfig, bytes));
}

void RootRestore::DecideIndex(const WantedFile& wanted) {
  saved_indexes_.emplace(wanted.place.subject, wanted);
  parent_of_.emplace(wanted.member, wanted.place.subject);
  parents_.insert(wanted.place.subject);
}

absl::Status RootRestore::Decide(bool keep_existing, bool configuration, std::int64_t at_ms) {
  for (const WantedFile& wanted : target_.files) {
    if (wanted.place.cls == DocumentClass::kIndex) {
      DecideIndex(wanted);
      continue;
    }
    const absl::StatusOr<PathState> now = Look(wanted.path);
    if (!now.ok()) {
      outcome_.skipped.push_back(ToUtf8(wanted.path) + " cannot be looked at: " + MessageOf(now.status()));
      continue;
    }
    if (now->kind == PathState::Kind::kDirectory || now->kind == PathState::Kind::kOther) {
      outcome_.skipped.push_back(ToUtf8(wanted.path) + " has something else under its name");
      continue;
    }
    if (now->kind == PathState::Kind::kFile && now->stat.uid != target_.root.owner) {
      outcome_.skipped.push_back(ToUtf8(wanted.path) + " belongs to another user");
      continue;
    }
    if (now->kind == PathState::Kind::kFile && now->sha256 == wanted.file.sha256) {
      ++outcome_.unchanged;
      continue;
    }
    const bool there = now->kind == PathState::Kind::kFile;
    // What is set by hand or kept by the program for itself is not reverted together with the sessions.
    const bool settings = wanted.place.cls == DocumentClass::kConfig || wanted.place.cls == DocumentClass::kApp ||
                          wanted.place.cls == DocumentClass::kGuideIndex || target_.is_configuration;
    if (there && IsReadable(wanted.path) && (keep_existing || (settings && !configuration))) {
      ++outcome_.kept;
      continue;
    }
    ++(there ? outcome_.replaced : outcome_.created);
    if (there && now->stat.mtime_ms() > at_ms) ++outcome_.newer_replaced;
    path_of_[wanted.member] = wanted.path;
    writes_[wanted.path] = {.member = wanted.member,
                            .staged = "",
                            .sha256 = wanted.file.sha256,
                            .size = wanted.file.size,
                            .mtime_ms = wanted.file.mtime_ms,
                            .place = wanted.place};
  }
  outcome_.indexes = static_cast<std::int64_t>(parents_.size());  // at most, as far as can be seen before
  // An index whose root is as it was needs no look.
  if (!writes_.empty()) return absl::OkStatus();
  for (auto parent = parents_.begin(); parent != parents_.end();) {
    const WantedFile& saved = saved_indexes_.at(*parent);
    const absl::StatusOr<PathState> now = Look(saved.path);
    const bool same = now.ok() && now->kind == PathState::Kind::kFile && now->sha256 == saved.file.sha256;
    if (same) ++outcome_.unchanged;
    parent = same ? parents_.erase(parent) : std::next(parent);
  }
  outcome_.indexes = static_cast<std::int64_t>(parents_.size());
  return absl::OkStatus();
}

std::int64_t RootRestore::bytes_to_write() const {
  std::int64_t bytes = 0;
  for (const auto& [path, write] : writes_) bytes += write.size;
  return bytes;
}

std::set<std::string> RootRestore::Members() const {
  std::set<std::string> members;
  for (const auto& [path, write] : writes_) members.insert(write.member);
  for (const std::string& parent : parents_) members.insert(saved_indexes_.at(parent).member);
  return members;
}

absl::Status RootRestore::Stage(const std::string& member, std::string_view bytes, const std::string& file) {
  if (const auto parent = parent_of_.find(member); parent != parent_of_.end()) {
    saved_bytes_[parent->second] = bytes;
    return absl::OkStatus();
  }
  const auto path = path_of_.find(member);
  if (path == path_of_.end()) return absl::OkStatus();
  const auto write = writes_.find(path->second);
  write->second.staged = file;
  RETURN_IF_ERROR(StageFile(file, bytes));
  if (target_.is_configuration || write->second.place.cls == DocumentClass::kNone) return absl::OkStatus();
  const FileStat stat = StatOf(bytes, write->second.mtime_ms, target_.root.owner);
  Forget(model_, write->first);
  Ingest(model_, write->first, stat, PaddedText(bytes), *parser_);
  if (write->second.place.cls != DocumentClass::kSubsession) return absl::OkStatus();
  const auto record = model_.records.find(write->second.place.subject);
  if (record != model_.records.end()) parents_.insert(record->second.document.parent);
  return absl::OkStatus();
}

absl::Status RootRestore::MakeIndexes(const std::string& folder) {
  const Layout& layout = LayoutOf(target_.root.kind);
  // What a record names as parent is any text, and a name need not be UTF-8.
  const auto has_no_index = [&](const std::string& parent) {
    return parent.find('/') != std::string::npos || NotWritable(parent) ||
           !IsPlainPath(layout.path_of(DocumentClass::kIndex, parent, ""));
  };
  std::erase_if(parents_, has_no_index);
  outcome_.indexes = 0;
  if (parents_.empty()) return absl::OkStatus();
  // Entries of both, those that are there first; which of them are right is decided by the records.
  for (const std::string& parent : parents_) {
    const auto saved = saved_bytes_.find(parent);
    if (saved == saved_bytes_.end()) continue;
    std::vector<std::string> ids;
    if (const auto now = model_.indexes.find(parent); now != model_.indexes.end()) {
      ids = EntriesOf(now->second.document);
      std::erase_if(ids, [](const std::string& id) { return NotWritable(id).has_value(); });
    }
    for (std::string& id : EntriesOf(parser_->Parse(DocumentClass::kIndex, PaddedText(saved->second)))) {
      if (!NotWritable(id) && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
    }
    const std::string path = layout.path_of(DocumentClass::kIndex, parent, "");
    const std::string merged = IndexJson(ids);
    Forget(model_, path);
    Ingest(model_, path, StatOf(merged, now_ms_, target_.root.owner), PaddedText(merged), *parser_);
  }
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(target_.root.path));
  const PlannedRoot planned(std::move(directory), model_, now_ms_);
  for (const std::string& parent : parents_) {
    const std::string path = layout.path_of(DocumentClass::kIndex, parent, "");
    ASSIGN_OR_RETURN(const PathState now, Look(path));
    const std::vector<std::string> ids = ExpectedIndex(planned, parent);
    if (now.kind == PathState::Kind::kAbsent && ids.empty()) continue;
    if (std::any_of(ids.begin(), ids.end(), [](const std::string& id) { return NotWritable(id).has_value(); })) {
      outcome_.skipped.push_back(ToUtf8(path) + " lists something that cannot be written");
      continue;
    }
    std::string bytes = IndexJson(ids);
    const auto saved = saved_bytes_.find(parent);
    const bool as_saved = saved != saved_bytes_.end() &&
                          EntriesOf(parser_->Parse(DocumentClass::kIndex, PaddedText(saved->second))) == ids;
    if (as_saved) bytes = saved->second;
    const std::string sha256 = Sha256Hex(bytes);
    if (now.kind == PathState::Kind::kFile && now.sha256 == sha256) {
      ++outcome_.unchanged;
      continue;
    }
    if (now.kind != PathState::Kind::kAbsent && now.kind != PathState::Kind::kFile) {
      outcome_.skipped.push_back(ToUtf8(path) + " has something else under its name");
      continue;
    }
    ++outcome_.indexes;
    writes_[path] = {.member = "",
                     .staged = "",
                     .sha256 = sha256,
                     .size = static_cast<std::int64_t>(bytes.size()),
                     .mtime_ms = as_saved ? saved_indexes_.at(parent).file.mtime_ms : 0,
                     .place = layout.place(path, false)};
    writes_[path].staged = folder + "/" + std::to_string(outcome_.indexes);
    RETURN_IF_ERROR(StageFile(writes_[path].staged, bytes));
  }
  parents_.clear();
  return absl::OkStatus();
}

absl::StatusOr<JournalRoot> RootRestore::Changes() const {
  JournalRoot root{.root = target_.root, .changes = {}};
  std::vector<std::pair<int, std::string>> order;
  std::set<std::string> folders;
  for (const auto& [path, write] : writes_) {
    order.emplace_back(RankOf(write.place), path);
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      folders.insert(path.substr(0, slash));
    }
  }
  // Folders that hold no file are in no backup, and a working root has them.
  if (!target_.is_configuration && !writes_.empty()) {
    for (const std::string_view folder : LayoutOf(target_.root.kind).skeleton) folders.emplace(folder);
  }
  for (const std::string& folder : folders) {  // parents before children
    PathChange change;
    change.path = folder;
    ASSIGN_OR_RETURN(change.before, Look(folder));
    if (change.before.kind == PathState::Kind::kDirectory) continue;
    change.after.kind = PathState::Kind::kDirectory;
    root.changes.push_back(std::move(change));
  }
  std::sort(order.begin(), order.end());
  for (const auto& [rank, path] : order) {
    const Write& write = writes_.at(path);
    PathChange change;
    change.path = path;
    ASSIGN_OR_RETURN(change.before, Look(path));
    change.after = {.kind = PathState::Kind::kFile, .stat = {}, .sha256 = write.sha256};
    change.after.stat.size = write.size;
    root.changes.push_back(std::move(change));
  }
  return root;
}

void RootRestore::SetTimes(JournalRoot& root) const {
  for (PathChange& change : root.changes) {
    const auto write = writes_.find(change.path);
    if (write != writes_.end() && write->second.mtime_ms > 0) {
      change.attributes.mtime_ns = write->second.mtime_ms * 1'000'000;
    }
  }
}

absl::Status RootRestore::Apply(const JournalRoot& root, RootWriter& writer) const {
  std::vector<RootWriter::NewDirectory> folders;
  std::vector<RootWriter::Incoming> files;
  for (const PathChange& change : root.changes) {
    if (change.after.kind == PathState::Kind::kDirectory) {
      folders.push_back({change.path, change.attributes});
    } else {
      files.push_back({change.path, writes_.at(change.path).staged, change.attributes, change.before});
    }
  }
  RETURN_IF_ERROR(writer.MakeDirectories(folders));
  RETURN_IF_ERROR(writer.CopyAllIn(files));
  return writer.RemoveStaging();
}

absl::Status RootRestore::Verify(const JournalRoot& root, const RootWriter& writer) const {
  for (const PathChange& change : root.changes) {
    ASSIGN_OR_RETURN(const PathState now, writer.Look(change.path));
    if (!now.Holds(change.after)) return DataLoss(ToUtf8(change.path) + " does not hold what was restored");
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
