#include "agent/store/scan.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

#include "agent/store/litter_name.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// Deeper than any layout; a tree made to exhaust descriptors ends here, and says so.
constexpr int kDeepest = 24;

constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kConflict = ".json.conflict-";

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// What dgmo takes for a message when it lies in a conversation's directory.
bool IsMessageName(std::string_view name) {
  return name.front() != '.' && name.size() > kSuffix.size() && EndsWith(name, kSuffix) &&
         name.find(kConflict) == std::string_view::npos;
}

// Whether what is read is counted in the census: reading something again must not count it again.
enum class Census : std::uint8_t { kCount, kLeave };

class Scanner {
 public:
  Scanner(RootModel& model, Census census, ScanDepth depth = ScanDepth::kAll)
      : model_(model),
        layout_(LayoutOf(model.root.kind)),
        counts_(census == Census::kCount),
        reads_messages_(depth == ScanDepth::kAll),
        reads_(depth != ScanDepth::kNothing) {}

  void Walk(const Directory& directory, const std::string& path, int depth) {
    folder_ = AccessFolder(layout_, path, true);
    if (const auto stat = directory.Stat(""); counts_ && stat.ok()) Count(AccessGroup::Kind::kDirectory, path, *stat);
    std::vector<std::string> subdirectories;
    const std::size_t above = path.empty() ? 0 : path.size() + 1;
    std::string below = path.empty() ? "" : path + "/";
    // Nearly all files of a store are messages: what their places have in common is found out once.
    const bool is_conversation = !path.empty() && layout_.place(path, true).role == DirectoryRole::kConversation;
    Place message = is_conversation ? layout_.place(below + "x.json", false) : Place();
    const absl::Status listed = directory.List([&](const std::string& name, EntryType type) {
      below.resize(above);
      below += name;
      if (is_conversation && type == EntryType::kFile && IsMessageName(name)) {
        message.subject.assign(name, 0, name.size() - kSuffix.size());
        return AddDocument(directory, name, below, message);
      }
      Entry(directory, name, below, type, subdirectories);
    });
    if (!listed.ok()) model_.unreadable[path] = {ErrnoOf(listed), true};
    if (is_conversation) TakeTimeOf(directory, message.session);
    WalkBelow(directory, path, subdirectories, depth);
  }

  // One entry of a folder. A directory to look into is added to `subdirectories`.
  void Entry(const Directory& directory, const std::string& name, const std::string& below, EntryType type,
             std::vector<std::string>& subdirectories) {
    const Place place = layout_.place(below, type == EntryType::kDirectory);
    if (place.skip) return;
    if (type == EntryType::kDirectory) {
      if (Descends(place, name, below, directory)) subdirectories.push_back(name);
    } else if (type == EntryType::kFile) {
      File(directory, name, below, place);
    } else {
      Unexpected(directory, name, below, place, type);
    }
  }

  void WalkBelow(const Directory& directory, const std::string& path, const std::vector<std::string>& subdirectories,
                 int depth) {
    const std::size_t above = path.empty() ? 0 : path.size() + 1;
    std::string below = path.empty() ? "" : path + "/";
    for (const std::string& name : subdirectories) {
      below.resize(above);
      below += name;
      const absl::StatusOr<Directory> next = depth < kDeepest ? directory.Open(name) : FromErrno(ELOOP, "too deep");
      if (next.ok()) {
        Walk(*next, below, depth + 1);
      } else if (ErrnoOf(next.status()) != ENOENT) {
        model_.unreadable[below] = {ErrnoOf(next.status()), true};
        folder_ = AccessFolder(layout_, below, true);
        CountClosed(directory, name, AccessGroup::Kind::kDirectory, below);
      }
    }
  }

  // What it found out about the file, also of one that is damaged; nothing of one that could not be opened.
  std::optional<FileStat> ReadDocument(const Directory& directory, const std::string& name, const std::string& path,
                                       const Place& place) {
    FileStat stat;
    const absl::Status read = directory.Read(name, SizeLimit(place.cls), bytes_, stat);
    if (read.ok()) {
      if (stat.size != static_cast<std::int64_t>(bytes_.view().size()))
        stat.size = static_cast<std::int64_t>(bytes_.view().size());
      Ingest(model_, path, place, stat, bytes_, parser_);
    } else if (read.code() == absl::StatusCode::kResourceExhausted && stat.size > SizeLimit(place.cls)) {
      bytes_.Resize(0);
      Ingest(model_, path, place, stat, bytes_, parser_);
    } else if (ErrnoOf(read) != ENOENT) {  // gone meanwhile is no fault
      model_.unreadable[path] = {ErrnoOf(read), false};
    }
    if (stat.mode == 0) return std::nullopt;
    return stat;
  }

 private:
  void AddDocument(const Directory& directory, const std::string& name, const std::string& path, const Place& place) {
    if (!reads_) return CountClosed(directory, name, AccessGroup::Kind::kDocument, path);
    if (place.cls == DocumentClass::kMessage && !reads_messages_) return CountUnread(path, place.session);
    if (const std::optional<FileStat> stat = ReadDocument(directory, name, path, place)) {
      Count(AccessGroup::Kind::kDocument, path, *stat);
    } else {
      CountClosed(directory, name, AccessGroup::Kind::kDocument, path);
    }
  }

  void CountUnread(const std::string& path, const std::string& session) {
    Conversation& conversation = model_.conversations[session];
    if (conversation.path.empty()) conversation.path = path.substr(0, path.rfind('/'));
    ++conversation.messages;
    ++model_.stats.unread;
  }

  // Of a conversation whose messages were not read, or that has none, the directory itself tells how old it is: dgmo
  // renames every message into its place.
  void TakeTimeOf(const Directory& directory, const std::string& session) {
    Conversation& conversation = model_.conversations[session];
    const bool is_empty = conversation.messages + conversation.damaged == 0;
    if (reads_messages_ && !is_empty) return;
    const absl::StatusOr<FileStat> stat = directory.Stat(".");
    if (!stat.ok()) return;
    conversation.last_mtime_ms = stat->mtime_ms();
    if (!is_empty) conversation.newest_ms = stat->mtime_ms();
  }

  void Count(AccessGroup::Kind kind, const std::string& path, const FileStat& stat) {
    if (counts_) model_.access.Count(folder_, kind, path, stat);
  }

  // An entry that may not be opened can still be looked at.
  void CountClosed(const Directory& parent, const std::string& name, AccessGroup::Kind kind, const std::string& path) {
    if (const auto stat = parent.Stat(name); stat.ok()) Count(kind, path, *stat);
  }

  // Whether to look below a directory; registers it.
  bool Descends(const Place& place, const std::string& name, const std::string& path, const Directory& parent) {
    if (EndsWith(name, kSuffix)) {
      AddStray(parent, name, path, place, Stray::Kind::kUnexpectedType, EntryType::kDirectory);
      return false;
    }
    switch (place.role) {
      case DirectoryRole::kNested:
        AddStray(parent, name, path, place, Stray::Kind::kNestedDirectory, EntryType::kDirectory);
        return false;
      case DirectoryRole::kConversation: model_.conversations[place.session].path = path; return true;
      case DirectoryRole::kPlain: model_.directories.insert(path); return true;
    }
    return false;
  }

  void File(const Directory& directory, const std::string& name, const std::string& path, const Place& place) {
    if (const std::optional<LitterName> litter = ParseLitterName(path)) {
      Stray stray{Stray::Kind::kLitter,
                  layout_.place(litter->target, false),
                  EntryType::kFile,
                  {},
                  litter->target,
                  litter->ms,
                  false};
      if (const auto stat = directory.Stat(name); stat.ok()) {
        stray.stat = *stat;
        model_.strays[path] = std::move(stray);
        Count(AccessGroup::Kind::kOther, path, *stat);
      }
    } else if (name.find(kConflict) != std::string::npos) {
      AddStray(directory, name, path, place, Stray::Kind::kConflictCopy, EntryType::kFile);
    } else if (!EndsWith(name, kSuffix)) {
      AddStray(directory, name, path, place, Stray::Kind::kForeignFile, EntryType::kFile);
    } else if (place.cls != DocumentClass::kNone) {
      AddDocument(directory, name, path, place);
    }
  }

  void Unexpected(const Directory& directory, const std::string& name, const std::string& path, const Place& place,
                  EntryType type) {
    AddStray(directory, name, path, place, Stray::Kind::kUnexpectedType, type);
    const auto stray = model_.strays.find(path);
    if (stray == model_.strays.end() || type != EntryType::kSymlink) return;
    // A link that stays inside its own directory cannot leave the root; anything else is treated as if it did.
    stray->second.leaves_root = directory.LinkLeaves(name);
  }

  void AddStray(const Directory& directory, const std::string& name, const std::string& path, const Place& place,
                Stray::Kind kind, EntryType type) {
    const absl::StatusOr<FileStat> stat = directory.Stat(name);
    if (!stat.ok()) return;
    model_.strays[path] = {kind, place, type, *stat, "", 0, false};
    if (type == EntryType::kFile) Count(AccessGroup::Kind::kOther, path, *stat);
  }

  RootModel& model_;
  const Layout& layout_;
  const bool counts_;
  const bool reads_messages_;
  const bool reads_;
  std::string folder_;  // of the directory that is being listed, as the census has it
  DocumentParser parser_;
  PaddedText bytes_;
};

}  // namespace

absl::StatusOr<RootModel> ScanRoot(const Root& root, ScanDepth depth) {
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(root.path));
  RootModel model;
  model.root = root;
  const auto begin = std::chrono::steady_clock::now();
  Scanner(model, Census::kCount, depth).Walk(directory, "", 0);
  if (depth == ScanDepth::kWithoutMessages) return model;
  model.stats.read_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return model;
}

void ScanEntries(RootModel& model, const Directory& directory, const std::string& path,
                 std::span<const ListedEntry> entries) {
  Scanner scanner(model, Census::kLeave);
  std::vector<std::string> subdirectories;
  for (const ListedEntry& entry : entries) {
    scanner.Entry(directory, entry.name, path.empty() ? entry.name : path + "/" + entry.name, entry.type,
                  subdirectories);
  }
  const auto depth = path.empty() ? 0 : 1 + std::count(path.begin(), path.end(), '/');
  scanner.WalkBelow(directory, path, subdirectories, static_cast<int>(depth));
}

AccessCensus TakeCensus(const Root& root) {
  RootModel none;
  none.root = root;
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(root.path);
  if (directory.ok()) Scanner(none, Census::kCount, ScanDepth::kNothing).Walk(*directory, "", 0);
  return std::move(none.access);
}

absl::Status ReadAgain(RootModel& model, const std::vector<std::string>& paths) {
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(model.root.path));
  Scanner scanner(model, Census::kLeave);
  for (const std::string& path : paths) {
    Forget(model, path);
    if (!ParseLitterName(path))
      scanner.ReadDocument(directory, path, path, LayoutOf(model.root.kind).place(path, false));
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
