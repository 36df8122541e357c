#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/backup/verify.h"
#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "agent/probe/liveness.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kLooks = 6;
constexpr char kSleep[] = "/usr/bin/sleep";

// A process that is ended with the drill.
class Helper {
 public:
  template <class Work>
  explicit Helper(Work work) : pid_(fork()) {
    if (pid_ != 0) return;
    work();
    _exit(1);
  }
  ~Helper() { Stop(); }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  bool started() const { return pid_ > 0; }
  void Stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }

 private:
  pid_t pid_;
};

// Rewrites a message every millisecond and adds a sub-session now and then.
void WriteForEver(SandboxStore store, const std::string& parent, const std::string& message) {
  store.WriteNow();
  Json document = Json::parse(store.Read(message));
  for (int turn = 0;; ++turn) {
    document["parts"][0]["text"] = "and one more thing, " + std::to_string(turn);
    store.Write(message, document.dump());
    if (turn % 20 == 0) store.AddSession("Agent", 1, parent);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Something that goes by the name of dgmo and has a file of the store open.
void ExecAsDgmo(const std::string& program, const std::string& file) {
  if (open(file.c_str(), O_RDONLY) < 0) return;
  execl(program.c_str(), program.c_str(), "600", nullptr);
}

// It has to start first.
bool IsSeen(const SandboxStore& store) {
  const Root root{.kind = RootKind::kProgram, .path = store.root(), .app = "dgmo", .name = "drill", .owner = geteuid()};
  for (int wait = 0; wait < 500; ++wait) {
    if (IsLive(root)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string FirstMessage(const SandboxStore& store, const std::string& session) {
  const std::string folder = SandboxStore::MessagesPath(session);
  for (const auto& entry : fs::directory_iterator(store.root() + "/" + folder)) {
    return folder + "/" + entry.path().filename().string();
  }
  return "";
}

absl::StatusOr<std::optional<std::string>> WhatIsWrongWithABackup(const Sandbox& sandbox) {
  ASSIGN_OR_RETURN(const BackupRun run, sandbox.BackUp(/*full=*/true));
  const fs::path archive = run.archive;
  ASSIGN_OR_RETURN(const Directory folder, Directory::OpenRoot(archive.parent_path()));
  const std::string name = archive.filename();
  const BackupVerdict verdict = VerifyWholeBackup(folder, name, *ParseBackupName(name, false), VerifyLevel::kFull);
  if (verdict.state != BackupState::kGood) return "a backup made meanwhile is bad: " + verdict.errors.front();
  // A session that dgmo has just begun may lack its messages; what is there must be whole and refer to nothing else.
  for (const auto& [code, count] : *run.manifest.findings) {
    const bool broken = code.find("DANGLING") != std::string::npos || code.find("ORPHAN") != std::string::npos ||
                        code.find("JSON") != std::string::npos || code == "SESSION_FILE_MISSING";
    if (broken) return "a backup made meanwhile is not consistent: " + code;
  }
  return std::nullopt;
}

bool IsRefusedAsLive(const RepairRun& run) {
  return !run.plans.empty() && std::all_of(run.plans.begin(), run.plans.end(), [](const Plan& plan) {
    return plan.refusal && plan.refusal->reason == "dgmo_live";
  });
}

}  // namespace

// D9: dgmo writes all the time.
absl::StatusOr<DrillResult> DrillLiveWriter(Sandbox& sandbox) {
  sandbox.SomebodyWrites();
  SandboxStore store = sandbox.AddStore();
  const std::string parent = store.AddSession("Busy", 2);
  store.AddSession("Agent", 1, parent);
  const std::string quiet = store.AddSession("Quiet", 1);
  const std::string quiet_child = store.AddSession("Quiet agent", 1, quiet);
  const std::string program = sandbox.folder() + "/bin/dgmo";
  std::error_code error;
  fs::create_directories(sandbox.folder() + "/bin");
  fs::copy_file(kSleep, program, error);
  if (error) return DrillResult::Skipped(std::string("there is no ") + kSleep + " to play dgmo with");
  // For these seconds it looks to everybody as if dgmo ran, so that repairs of a store called "unified" wait.
  Helper dgmo([&] { ExecAsDgmo(program, store.root() + "/app.json"); });
  if (!dgmo.started()) return FromErrno(errno, "cannot start a process");
  if (!IsSeen(store)) return DrillResult::Failed("a dgmo that has a file of the store open is not seen");
  Helper writer([&] { WriteForEver(store, parent, FirstMessage(store, parent)); });
  if (!writer.started()) return FromErrno(errno, "cannot start a process");

  const Stopwatch watch(sandbox.clock());
  for (int look = 0; look < kLooks; ++look) {
    ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
    if (!findings.empty()) return DrillResult::Failed("while dgmo writes there is said to be " + CodesOf(findings));
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> bad, WhatIsWrongWithABackup(sandbox));
  if (bad) return DrillResult::Failed(*bad);

  store.WriteIndex(quiet, {});
  ASSIGN_OR_RETURN(const RepairRun refused, sandbox.Repair());
  if (!IsRefusedAsLive(refused)) return DrillResult::Failed("a store was repaired while dgmo works on it");
  writer.Stop();
  dgmo.Stop();
  RETURN_IF_ERROR(sandbox.Repair().status());
  if (store.Index(quiet) != std::vector<std::string>{quiet_child}) {
    return DrillResult::Failed("once dgmo has ended the index was not repaired");
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;
  result.integrity = 1;
  result.text = std::to_string(kLooks) +
                " looks without a false finding, a consistent backup, and a repair that waited until dgmo had ended";
  return result;
}

}  // namespace fleet::agent
