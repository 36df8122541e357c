#include "agent/store/scan.h"

#include <cerrno>

#include "agent/store/litter_name.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// Deeper than any layout; a tree made to exhaust descriptors ends here, and says so.
constexpr int kDeepest = 24;

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

class Scanner {
 public:
  explicit Scanner(RootModel& model) : model_(model), layout_(LayoutOf(model.root.kind)) {}

  void Walk(const Directory& directory, const std::string& path, int depth) {
    std::vector<std::string> subdirectories;
    const absl::Status listed = directory.List([&](const std::string& name, EntryType type) {
      const std::string below = path.empty() ? name : path + "/" + name;
      const Place place = layout_.place(below, type == EntryType::kDirectory);
      if (place.skip) return;
      if (type == EntryType::kDirectory) {
        if (Descends(place, name, below, directory)) subdirectories.push_back(name);
      } else if (type == EntryType::kFile) {
        File(directory, name, below, place);
      } else {
        Unexpected(directory, name, below, place, type);
      }
    });
    if (!listed.ok()) model_.unreadable[path] = {ErrnoOf(listed), true};
    for (const std::string& name : subdirectories) {
      const std::string below = path.empty() ? name : path + "/" + name;
      const absl::StatusOr<Directory> next = depth < kDeepest ? directory.Open(name) : FromErrno(ELOOP, "too deep");
      if (next.ok()) {
        Walk(*next, below, depth + 1);
      } else if (ErrnoOf(next.status()) != ENOENT) {
        model_.unreadable[below] = {ErrnoOf(next.status()), true};
      }
    }
  }

  void ReadDocument(const Directory& directory, const std::string& name, const std::string& path) {
    const Place place = layout_.place(path, false);
    FileStat stat;
    const absl::Status read = directory.Read(name, SizeLimit(place.cls), bytes_, stat);
    if (read.ok()) {
      if (stat.size != static_cast<std::int64_t>(bytes_.view().size()))
        stat.size = static_cast<std::int64_t>(bytes_.view().size());
      Ingest(model_, path, stat, bytes_, parser_);
    } else if (read.code() == absl::StatusCode::kResourceExhausted && stat.size > SizeLimit(place.cls)) {
      bytes_.Resize(0);
      Ingest(model_, path, stat, bytes_, parser_);
    } else if (ErrnoOf(read) != ENOENT) {  // gone meanwhile is no fault
      model_.unreadable[path] = {ErrnoOf(read), false};
    }
  }

 private:
  // Whether to look below a directory; registers it.
  bool Descends(const Place& place, const std::string& name, const std::string& path, const Directory& parent) {
    if (EndsWith(name, ".json")) {
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
      }
    } else if (name.find(".json.conflict-") != std::string::npos) {
      AddStray(directory, name, path, place, Stray::Kind::kConflictCopy, EntryType::kFile);
    } else if (!EndsWith(name, ".json")) {
      AddStray(directory, name, path, place, Stray::Kind::kForeignFile, EntryType::kFile);
    } else if (place.cls != DocumentClass::kNone) {
      ReadDocument(directory, name, path);
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
    if (stat.ok()) model_.strays[path] = {kind, place, type, *stat, "", 0, false};
  }

  RootModel& model_;
  const Layout& layout_;
  DocumentParser parser_;
  PaddedText bytes_;
};

}  // namespace

absl::StatusOr<RootModel> ScanRoot(const Root& root) {
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(root.path));
  RootModel model;
  model.root = root;
  Scanner(model).Walk(directory, "", 0);
  return model;
}

absl::Status ReadAgain(RootModel& model, const std::vector<std::string>& paths) {
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(model.root.path));
  Scanner scanner(model);
  for (const std::string& path : paths) {
    Forget(model, path);
    if (!ParseLitterName(path)) scanner.ReadDocument(directory, path, path);
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
