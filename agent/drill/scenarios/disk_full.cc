#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;

// What the process on the small disk has to say, as its exit code.
enum Verdict : int { kFine = 0, kNoMount = 10, kNotNoticed = 11, kSourceChanged = 12, kArtefact = 13 };

bool WriteTo(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// A file system of a few pages on `place`, seen by this process only.
bool MountSmall(const std::string& place) {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWNS | (uid != 0 ? CLONE_NEWUSER : 0)) != 0) return false;
  if (uid != 0) {
    const bool mapped = WriteTo("/proc/self/setgroups", "deny") &&
                        WriteTo("/proc/self/uid_map", std::to_string(uid) + " " + std::to_string(uid) + " 1") &&
                        WriteTo("/proc/self/gid_map", std::to_string(gid) + " " + std::to_string(gid) + " 1");
    if (!mapped) return false;
  }
  return mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("drill", place.c_str(), "tmpfs", 0, "size=64k,mode=0700") == 0;
}

int BackUpToSmallDisk(const Sandbox& sandbox, const std::string& store, const Files& before) {
  const std::string place = sandbox.backups();
  if (!MountSmall(place)) return kNoMount;
  if (sandbox.BackUp().ok()) return kNotNoticed;
  if (FilesBelow(store) != before) return kSourceChanged;
  for (const auto& entry : fs::directory_iterator(place)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("sessions_") && name.find(".tar.gz") != std::string::npos) return kArtefact;
  }
  return kFine;
}

}  // namespace

// D11: the disk is full while a backup is written.
absl::StatusOr<DrillResult> DrillDiskFull(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  for (int i = 0; i < 20; ++i) store.AddSession("Session " + std::to_string(i * 7919), 40);
  const Files before = FilesBelow(store.root());
  fs::create_directories(sandbox.backups());
  fs::permissions(sandbox.backups(), fs::perms::owner_all);
  const Stopwatch watch(sandbox.clock());
  const pid_t child = fork();
  if (child < 0) return FromErrno(errno, "cannot start a process");
  if (child == 0) _exit(BackUpToSmallDisk(sandbox, store.root(), before));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  switch (WIFEXITED(status) ? WEXITSTATUS(status) : -1) {
    case kFine: break;
    case kNoMount: return DrillResult::Skipped("this machine lets nobody mount a small disk for a drill");
    case kNotNoticed: return DrillResult::Failed("a backup to a full disk was called good");
    case kSourceChanged: return DrillResult::Failed("the store was changed by a backup");
    case kArtefact: return DrillResult::Failed("part of a backup was left under the name of a whole one");
    default: return DrillResult::Failed("the backup died");
  }
  // With room again it works.
  RETURN_IF_ERROR(sandbox.BackUp().status());
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;
  result.text = "the backup gave up, left nothing that looks whole, and touched nothing; with room it works";
  return result;
}

}  // namespace fleet::agent
