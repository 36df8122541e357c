#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

Injected Expect(std::string code, Severity severity, std::string path, bool repairable) {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = std::move(path),
          .subject_id = "",
          .repairable = repairable};
}

// Out of sight of every layout, never deleted.
void MoveAway(const Victims& victims, const std::string& path) {
  const std::string away = victims.home() + "/moved-away";
  fs::create_directories(away);
  fs::rename(path, away + "/" + std::to_string(victims.seed()) + "-" + fs::path(path).filename().string());
}

absl::StatusOr<Injected> RootMissing(Victims& victims) {
  for (const char* app : {"dgmo", "opencode"}) {
    const std::string path = victims.data_home() + "/" + app;
    if (fs::exists(path)) MoveAway(victims, path);
  }
  const StoreRoot config{.path = victims.home() + "/.config/dgmo"};
  if (!fs::exists(config.path + "/config.json")) config.Write("config.json", "{}");
  const Severity severity = fs::exists(victims.home() + "/backups/sessions") ? Severity::kP1 : Severity::kP3;
  return Expect("STORAGE_ROOT_MISSING", severity, victims.data_home() + "/dgmo/project", false);
}

Inject FolderMissing(bool guide, std::string folder, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot* root = victims.AnyRoot(guide);
    if (root == nullptr || !fs::exists(root->path + "/" + folder)) return NothingToBreak("root with " + folder);
    MoveAway(victims, root->path + "/" + folder);
    return Expect("STORAGE_SUBDIR_MISSING", severity, root->path + "/" + folder, true);
  };
}

absl::StatusOr<Injected> Split(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim) return NothingToBreak("main session");
  const StoreRoot other{.path = victims.data_home() + "/opencode/project/home-mira-src-elsewhere"};
  fs::create_directories(other.path + "/storage/session/info");
  Json info = victim->info();
  const std::string id = "ses_816ad0000ffexxxxxxxxxxxxxx";
  info["id"] = id;
  info["title"] = "New Session - 2025-07-08T09:16:59.840Z";
  info["time"] = {{"created", 1751966220287}, {"updated", 1751966220287}};
  other.Write("app.json", "{}");
  other.Write("storage/session/info/" + id + ".json", info.dump());
  return Expect("LAYOUT_SPLIT", Severity::kP2, other.path, false);
}

// A project of another name, as a moved checkout has one.
StoreRoot OtherProject(const Victims& victims) {
  StoreRoot other{.path = victims.data_home() + "/dgmo/project/home-mira-src-moved"};
  other.Write("app.json", "{}");
  return other;
}

absl::StatusOr<Injected> AliasSplit(Victims& victims) {
  const std::optional<Victim> child = victims.Child();
  if (!child) return NothingToBreak("sub-session");
  const StoreRoot other = OtherProject(victims);
  const std::string info = "storage/session/info/" + child->id + ".json";
  other.Write(info, child->root->Read(child->root->InfoPath(child->id)));
  for (const std::string& message : child->root->messages.at(child->id)) {
    other.Write("storage/session/message/" + child->id + "/" + fs::path(message).filename().string(),
                child->root->Read(message));
    child->root->Remove(message);
  }
  child->root->Remove(child->root->InfoPath(child->id));
  return Expect("PROJECT_ALIAS_SPLIT", Severity::kP2, other.path + "/" + info, false);
}

// A copy of a session in another project, with one document that differs.
Inject Duplicate(bool info_differs) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> victim = victims.Main();
    if (!victim) return NothingToBreak("main session");
    const StoreRoot other = OtherProject(victims);
    const std::string info_path = victim->root->InfoPath(victim->id);
    Json info = Json::parse(victim->root->Read(info_path));
    if (info_differs) info["title"] = "Continued elsewhere";
    other.Write("storage/session/info/" + victim->id + ".json",
                info_differs ? info.dump() : victim->root->Read(info_path));
    const std::vector<std::string>& messages = victim->root->messages.at(victim->id);
    std::string copy;
    for (const std::string& message : messages) {
      copy = "storage/session/message/" + victim->id + "/" + fs::path(message).filename().string();
      other.Write(copy, victim->root->Read(message));
    }
    Injected expected = Expect("STORAGE_DUPLICATE_ID", Severity::kP2, victim->root->path + "/" + info_path, false);
    expected.subject_id = victim->id;
    if (info_differs) return expected;
    Json last = Json::parse(other.Read(copy));
    last["parts"].push_back({{"type", "text"}, {"text", "and more"}});
    other.Write(copy, last.dump());
    expected.path = victim->root->path + "/" + messages.back();
    return expected;
  };
}

absl::StatusOr<Injected> ForeignLayout(Victims& victims) {
  const StoreRoot foreign{.path = victims.data_home() + "/opencode/storage"};
  foreign.Write("migration", "2");
  fs::create_directories(foreign.path + "/part");
  return Expect("STORAGE_FOREIGN_LAYOUT", Severity::kP3, foreign.path, false);
}

// Puts something into a folder of documents: `place` names it for a victim.
using Place = std::string (*)(const Victim&);
std::string InInfo(const Victim& victim) { return fs::path(victim.root->InfoPath(victim.id)).parent_path().string(); }
std::string InConversation(const Victim& victim) { return victim.root->ConversationPath(victim.id); }
std::string InRecords(const Victim&) { return "storage/session/sub-sessions"; }

Inject ForeignFile(Place place, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> victim = victims.Main();
    if (!victim) return NothingToBreak("main session");
    const std::string path = place(*victim) + "/notes.bak";
    victim->root->Write(path, "not one of dgmo's\n");
    return Expect("STORAGE_FOREIGN_FILE", severity, victim->root->path + "/" + path, true);
  };
}

Inject ConflictCopy(bool of_index, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> victim = of_index ? victims.Parent() : victims.Main();
    if (!victim) return NothingToBreak("session");
    const std::string document = of_index ? StoreRoot::IndexPath(victim->id) : victim->root->InfoPath(victim->id);
    const std::string path = document + ".conflict-web-ui";
    victim->root->Write(path, victim->root->Read(document));
    return Expect("STORAGE_CONFLICT_COPY", severity, victim->root->path + "/" + path, true);
  };
}

// Something that is no regular file.
enum class Odd { kLinkInside, kLinkOutside, kDanglingLink, kPipe, kSocket, kDirectory };

Inject UnexpectedType(Odd odd) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::optional<Victim> victim = victims.Main();
    if (!victim) return NothingToBreak("main session");
    const std::string path = victim->root->path + "/" + InInfo(*victim) + "/ses_816ad0000ffeoddoddoddoddod.json";
    if (odd == Odd::kLinkInside) fs::create_symlink(fs::path(victim->root->InfoPath(victim->id)).filename(), path);
    if (odd == Odd::kLinkOutside) fs::create_symlink("/etc/passwd", path);
    if (odd == Odd::kDanglingLink) fs::create_symlink("nowhere.json", path);
    if (odd == Odd::kPipe && mkfifo(path.c_str(), 0600) != 0) return NothingToBreak("file system with pipes");
    if (odd == Odd::kSocket && mknod(path.c_str(), S_IFSOCK | 0600, 0) != 0) {
      return NothingToBreak("file system with sockets");
    }
    if (odd == Odd::kDirectory) fs::create_directory(path);
    return Expect("STORAGE_UNEXPECTED_TYPE", Severity::kP2, path, false);
  };
}

absl::StatusOr<Injected> NestedInInfo(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim || victim->root->guide) return NothingToBreak("main session of a project");
  const std::string info = victim->root->InfoPath(victim->id);
  const std::string path = InInfo(*victim) + "/old";
  victim->root->Write(path + "/" + fs::path(info).filename().string(), victim->root->Read(info));
  return Expect("STORAGE_UNEXPECTED_TYPE", Severity::kP2, victim->root->path + "/" + path, false);
}

absl::StatusOr<Injected> NestedFolder(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim) return NothingToBreak("main session");
  const std::string path = InConversation(*victim) + "/backup";
  const std::string message = victim->root->messages.at(victim->id).front();
  victim->root->Write(path + "/" + fs::path(message).filename().string(), victim->root->Read(message));
  return Expect("STORAGE_UNEXPECTED_TYPE", Severity::kP2, victim->root->path + "/" + path, false);
}

}  // namespace

void AddStorageFaults(std::vector<Fault>& faults) {
  const std::vector<Fault> all = {
      {{"storage-root-missing", "every data root is moved away"}, RootMissing},
      {{"storage-missing", "the storage folder of a project is moved away"},
       FolderMissing(false, "storage", Severity::kP2)},
      {{"info-folder-missing", "the folder of session infos is moved away, the messages stay"},
       FolderMissing(false, "storage/session/info", Severity::kP1)},
      {{"guide-sessions-missing", "a workspace without its sessions folder"},
       FolderMissing(true, "sessions", Severity::kP2)},
      {{"guide-storage-missing", "a workspace without its storage folder"},
       FolderMissing(true, "storage", Severity::kP2)},
      {{"guide-logs-missing", "a workspace without its logs folder"}, FolderMissing(true, "logs", Severity::kP2)},
      {{"layout-split", "a second root with a session of its own"}, Split},
      {{"alias-split", "a sub-session lies in the project of a moved checkout, its parent in the old one"}, AliasSplit},
      {{"duplicate-info", "a session copied to another project and renamed there"}, Duplicate(true)},
      {{"duplicate-message", "a session copied to another project and continued there"}, Duplicate(false)},
      {{"foreign-layout", "today's original opencode beside dgmo"}, ForeignLayout},
      {{"foreign-file-info", "a backup file among the session infos"}, ForeignFile(InInfo, Severity::kP1)},
      {{"foreign-file-message", "a backup file in a conversation"}, ForeignFile(InConversation, Severity::kP2)},
      {{"foreign-file-record", "a backup file among the sub-session records"}, ForeignFile(InRecords, Severity::kP3)},
      {{"conflict-copy-info", "a merge left a second copy of an info"}, ConflictCopy(false, Severity::kP1)},
      {{"conflict-copy-index", "a merge left a second copy of an index"}, ConflictCopy(true, Severity::kP3)},
      {{"link-in-info", "a link to another info"}, UnexpectedType(Odd::kLinkInside)},
      {{"link-out-of-root", "a link that leads out of the root"}, UnexpectedType(Odd::kLinkOutside)},
      {{"dangling-link-in-info", "a link to nothing"}, UnexpectedType(Odd::kDanglingLink)},
      {{"pipe-in-info", "a named pipe among the infos"}, UnexpectedType(Odd::kPipe)},
      {{"socket-in-info", "a socket among the infos"}, UnexpectedType(Odd::kSocket)},
      {{"nested-folder-in-info", "a folder with a copy among the infos"}, NestedInInfo},
      {{"directory-in-info", "a directory with a document's name"}, UnexpectedType(Odd::kDirectory)},
      {{"nested-folder-in-message", "a folder with a copy inside a conversation"}, NestedFolder},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
