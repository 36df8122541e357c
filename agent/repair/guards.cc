#include "agent/repair/guards.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "agent/repair/root_writer.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kReserve = 256LL * 1024 * 1024;

std::string UserText(uid_t uid) { return "user " + std::to_string(uid); }

std::string MiB(std::int64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

std::optional<Refusal> AccessRefusal(const SetAccess& set, const absl::StatusOr<FileStat>& stat, uid_t user) {
  if (!stat.ok()) return std::nullopt;
  const std::string name = ToUtf8(set.path);
  if (stat->uid != user && !(stat->uid == 0 && set.owner)) {
    return Refusal{"foreign_owner", name + " belongs to " + UserText(stat->uid) + ", not to " + UserText(user)};
  }
  if (set.owner && geteuid() != 0) {
    return Refusal{"needs_privilege", name + " belongs to root; run as root to give it back to " + UserText(user)};
  }
  if (S_ISREG(stat->mode) && stat->links > 1) {
    return Refusal{"hard_linked", name + " has " + std::to_string(stat->links - 1) +
                                      " more hard link(s), whose rights would change too; unlink them first"};
  }
  return std::nullopt;
}

}  // namespace

std::int64_t FreeBytes(const std::string& path) {
  std::filesystem::path at = path;
  struct statvfs fs;
  while (statvfs(at.c_str(), &fs) != 0) {
    if (errno != ENOENT || at == at.parent_path()) return -1;
    at = at.parent_path();
  }
  return static_cast<std::int64_t>(fs.f_bavail) * static_cast<std::int64_t>(fs.f_frsize);
}

uid_t ServedUser(const Home& home, const Root& root) { return home.path.empty() ? root.owner : home.owner; }

Refusal LiveRefusal(const Root& root) {
  return {"dgmo_live", "dgmo works on " + ToUtf8(root.path) + " and would undo or spoil the repair; exit it first"};
}

std::optional<Refusal> RootRefusal(const RootModel& model, const Home& home, const Directory& directory) {
  const std::string name = ToUtf8(model.root.path);
  struct statvfs fs;
  if (fstatvfs(directory.fd(), &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0) {
    return Refusal{"read_only", name + " is on a file system mounted read-only; remount it writable or copy the data"};
  }
  for (const auto& [path, what] : model.unreadable) {
    if (what.error != EIO && what.error != ESTALE && what.error != EUCLEAN) continue;
    return Refusal{"io_error_seen", "the disk failed to read " + ToUtf8(path) + " in " + name +
                                        "; copy the data to another disk before anything is written"};
  }
  const uid_t user = ServedUser(home, model.root);
  if (model.root.owner != user) {
    return Refusal{"foreign_owner", name + " belongs to " + UserText(model.root.owner) + ", not to " + UserText(user)};
  }
  if (geteuid() != 0 && geteuid() != user) {
    return Refusal{"foreign_owner", name + " belongs to " + UserText(user) + "; run as that user or as root"};
  }
  return std::nullopt;
}

std::optional<Refusal> ChangeRefusal(const Directory& root, RootKind kind, const Change& change, uid_t user) {
  const std::string& path = PathOf(change);
  const std::string name = ToUtf8(path);
  const auto* set = std::get_if<SetAccess>(&change);
  if (set != nullptr && path == ".") return AccessRefusal(*set, root.Stat(""), user);
  const bool keeps_files = set != nullptr || std::holds_alternative<MakeDirectory>(change);
  if (kind == RootKind::kHome && !keeps_files && LayoutOf(kind).place(path, false).cls != DocumentClass::kConfig) {
    return Refusal{"not_configuration", name + " is no configuration of dgmo's, and nothing else of a home is changed"};
  }
  if (!IsPlainPath(path)) return Refusal{"leaves_root", name + " may lie outside the root"};
  const std::size_t slash = path.rfind('/');
  const absl::StatusOr<Directory> parent = root.Open(slash == std::string::npos ? "." : path.substr(0, slash));
  if (absl::IsNotFound(parent.status())) return std::nullopt;
  if (!parent.ok()) return Refusal{"leaves_root", "the way to " + name + " is not made of directories of the root"};
  const absl::StatusOr<FileStat> stat = parent->Stat(path.substr(slash + 1));
  if (set != nullptr) return AccessRefusal(*set, stat, user);
  if (!stat.ok()) return std::nullopt;
  if (stat->uid != user) {
    return Refusal{"foreign_owner", name + " belongs to " + UserText(stat->uid) + ", not to " + UserText(user)};
  }
  if (std::holds_alternative<WriteFile>(change) && S_ISREG(stat->mode) && stat->links > 1) {
    return Refusal{"hard_linked", name + " has " + std::to_string(stat->links - 1) +
                                      " more hard link(s), which would keep the old bytes; unlink them first"};
  }
  return std::nullopt;
}

std::optional<Refusal> SpaceRefusal(const std::string& root, const std::string& state, std::int64_t backup_bytes) {
  const std::int64_t needed = 2 * backup_bytes + kReserve;
  for (const std::string& place : {state, root}) {
    const std::int64_t free = FreeBytes(place);
    if (free < 0 || free >= needed) continue;
    return Refusal{"no_space", "the file system of " + ToUtf8(place) + " has " + MiB(free) +
                                   " free and the repair needs " + MiB(needed) + "; make room first"};
  }
  return std::nullopt;
}

}  // namespace fleet::agent
