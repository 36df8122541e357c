#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

Injected Expect(std::string code, Severity severity, std::string path, bool repairable = true) {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = std::move(path),
          .subject_id = "",
          .repairable = repairable};
}

absl::StatusOr<std::string> InfoOf(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim) return NothingToBreak("main session");
  return victim->root->path + "/" + victim->root->InfoPath(victim->id);
}

void Chmod(const std::string& path, mode_t mode) { fs::permissions(path, static_cast<fs::perms>(mode)); }

Inject FileMode(mode_t mode, std::string code, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const absl::StatusOr<std::string> path = InfoOf(victims);
    if (!path.ok()) return path.status();
    Chmod(*path, mode);
    return Expect(code, severity, *path);
  };
}

Inject FolderMode(mode_t mode, std::string code, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const absl::StatusOr<std::string> path = InfoOf(victims);
    if (!path.ok()) return path.status();
    const std::string folder = fs::path(*path).parent_path();
    Chmod(folder, mode);
    return Expect(code, severity, folder);
  };
}

// Only root can give a file away.
Inject Owner(uid_t uid, std::string code, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const absl::StatusOr<std::string> path = InfoOf(victims);
    if (!path.ok()) return path.status();
    struct stat home;
    if (stat(victims.home().c_str(), &home) != 0 || home.st_uid == uid) return NothingToBreak("home of another owner");
    if (lchown(path->c_str(), uid, static_cast<gid_t>(-1)) != 0) return NothingToBreak("file that may be given away");
    return Expect(code, severity, *path, /*repairable=*/false);
  };
}

absl::StatusOr<Injected> ExposedCredentials(Victims& victims) {
  const StoreRoot app{.path = victims.data_home() + "/dgmo"};
  app.Write("auth.json", R"({"example":{"type":"api","key":"not-a-key"}})");
  Chmod(app.path + "/auth.json", 0644);
  return Expect("PERM_SECRET_EXPOSED", Severity::kP2, app.path + "/auth.json");
}

}  // namespace

void AddPermissionFaults(std::vector<Fault>& faults) {
  const std::vector<Fault> all = {
      {{"info-read-only", "an info that its owner may not write"}, FileMode(0444, "PERM_FILE_ACCESS", Severity::kP1)},
      {{"info-folder-read-only", "a folder in which its owner may not write"},
       FolderMode(0555, "PERM_DIR_ACCESS", Severity::kP1)},
      {{"info-world-writable", "an info that everybody may write"},
       FileMode(0666, "PERM_WORLD_WRITABLE", Severity::kP2)},
      {{"info-folder-world-writable", "a folder in which everybody may write"},
       FolderMode(0777, "PERM_WORLD_WRITABLE", Severity::kP2)},
      {{"auth-readable", "credentials that everybody may read"}, ExposedCredentials},
  };
  faults.insert(faults.end(), all.begin(), all.end());
  if (geteuid() == 0) {
    faults.push_back({{"info-of-another-user", "an info that belongs to a stranger"},
                      Owner(54321, "PERM_OWNER_MISMATCH", Severity::kP0)});
  }
}

}  // namespace fleet
