#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

mode_t ModeOf(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

// What is to be done to one path, what that is called, and what it is to be mended to.
struct WrongRight {
  std::string path;
  mode_t mode;
  const char* code;
  mode_t mended;
};

}  // namespace

// D10: rights that keep dgmo out, or let others in. Root may read everything, and sees only the latter.
absl::StatusOr<DrillResult> DrillPermissions(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  const std::string session = store.AddSession("Session", 2);
  const std::string other = store.AddSession("Other", 2);
  const std::string root = store.root() + "/";
  std::vector<WrongRight> faults = {
      {root + SandboxStore::InfoPath(other), 0666, "PERM_WORLD_WRITABLE", 0644},
      {root + SandboxStore::MessagesPath(other), 0777, "PERM_WORLD_WRITABLE", 0755},
  };
  if (geteuid() != 0) {
    faults.push_back({root + SandboxStore::InfoPath(session), 0000, "PERM_FILE_ACCESS", 0600});
    faults.push_back({root + SandboxStore::MessagesPath(session), 0000, "PERM_DIR_ACCESS", 0700});
  }
  const Files before = FilesBelow(store.root());
  const Stopwatch watch(sandbox.clock());
  for (const WrongRight& fault : faults) {
    if (chmod(fault.path.c_str(), fault.mode) != 0) return FromErrno(errno, "cannot set the rights for the drill");
  }
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
  for (const WrongRight& fault : faults) {
    if (!Has(findings, fault.code)) return DrillResult::Failed(std::string(fault.code) + " was not found");
  }
  RETURN_IF_ERROR(sandbox.Repair().status());
  for (const WrongRight& fault : faults) {
    if (ModeOf(fault.path) == fault.mended) continue;
    return DrillResult::Failed("the rights of " + ToUtf8(fault.path) + " are not what they should be mended to");
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;
  result.integrity = ShareKept(before, FilesBelow(store.root()));
  if (*result.integrity < 1) return DrillResult::Failed("a document changed while rights were mended");
  ASSIGN_OR_RETURN(const std::vector<Finding> left, sandbox.Check());
  if (!left.empty()) return DrillResult::Failed("after the repair there is " + CodesOf(left));
  result.text = std::to_string(faults.size()) + " wrong rights found, and no more than these mended";
  if (geteuid() == 0) result.text += "; root reads everything, so unreadable files were not tried";
  return result;
}

}  // namespace fleet::agent
