#include "tests/fault/syscall_killer.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <map>

namespace fleet {

namespace {

const std::map<long, std::string>& ChangingCalls() {
  static const std::map<long, std::string> calls = {
      {SYS_write, "write"},         {SYS_pwrite64, "pwrite64"},   {SYS_writev, "writev"},
      {SYS_pwritev, "pwritev"},     {SYS_pwritev2, "pwritev2"},   {SYS_renameat, "renameat"},
      {SYS_renameat2, "renameat2"}, {SYS_linkat, "linkat"},       {SYS_symlinkat, "symlinkat"},
      {SYS_unlinkat, "unlinkat"},   {SYS_mkdirat, "mkdirat"},     {SYS_mknodat, "mknodat"},
      {SYS_fsync, "fsync"},         {SYS_fdatasync, "fdatasync"}, {SYS_ftruncate, "ftruncate"},
      {SYS_truncate, "truncate"},   {SYS_fallocate, "fallocate"}, {SYS_copy_file_range, "copy_file_range"},
      {SYS_sendfile, "sendfile"},   {SYS_fchmod, "fchmod"},       {SYS_fchmodat, "fchmodat"},
      {SYS_fchown, "fchown"},       {SYS_fchownat, "fchownat"},   {SYS_utimensat, "utimensat"},
      {SYS_fsetxattr, "fsetxattr"},
#ifdef SYS_rename
      {SYS_rename, "rename"},       {SYS_link, "link"},           {SYS_symlink, "symlink"},
      {SYS_unlink, "unlink"},       {SYS_mkdir, "mkdir"},         {SYS_rmdir, "rmdir"},
      {SYS_creat, "creat"},         {SYS_chmod, "chmod"},         {SYS_chown, "chown"},
      {SYS_lchown, "lchown"},
#endif
  };
  return calls;
}

sock_filter Load(std::size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
sock_filter Return(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

// Stops at the changing calls and at opens that may create or cut; lets the rest pass.
std::vector<sock_filter> Filter() {
  std::vector<sock_filter> filter;
  filter.push_back(Load(offsetof(seccomp_data, nr)));
  for (const auto& [number, name] : ChangingCalls()) {
    const sock_filter is_it = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1);
    filter.insert(filter.end(), {is_it, Return(SECCOMP_RET_TRACE)});
  }
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3));
  filter.push_back(Load(offsetof(seccomp_data, args[2])));
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 0, 1));
  filter.push_back(Return(SECCOMP_RET_TRACE));
  filter.push_back(Return(SECCOMP_RET_ALLOW));
  return filter;
}

[[noreturn]] void BecomeTheProgram(const std::vector<char*>& argv, std::vector<sock_filter>& filter) {
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // the leak check cannot work in a traced program
  const sock_fprog program = {.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(126);
  raise(SIGSTOP);  // until the tracer has said what it wants to see
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

std::string CallName(pid_t pid) {
  unsigned long number = 0;
#ifdef __x86_64__
  user_regs_struct registers = {};
  if (ptrace(PTRACE_GETREGS, pid, nullptr, &registers) == 0) number = registers.orig_rax;
#else
  if (ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &number) != 0) return "";
#endif
  const auto known = ChangingCalls().find(static_cast<long>(number));
  return known == ChangingCalls().end() ? "openat" : known->second;
}

// Stopped at the entry of a call: it is not made, and the program gets the error for it.
bool Refuse(pid_t pid, int error) {
#ifdef __x86_64__
  user_regs_struct registers = {};
  if (ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) return false;
  registers.orig_rax = static_cast<unsigned long long>(-1);
  registers.rax = static_cast<unsigned long long>(-static_cast<long long>(error));
  return ptrace(PTRACE_SETREGS, pid, nullptr, &registers) == 0;
#else
  static_cast<void>(pid), static_cast<void>(error);
  return false;
#endif
}

// Runs the program and calls `at_entry(pid, run)` at each changing call; false gives up.
template <class AtEntry>
std::optional<KilledRun> RunTraced(const std::vector<std::string>& argv, AtEntry at_entry) {
  std::vector<std::string> texts = argv;
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  std::vector<sock_filter> filter = Filter();

  const pid_t pid = fork();
  if (pid < 0) return std::nullopt;
  if (pid == 0) BecomeTheProgram(pointers, filter);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return std::nullopt;
  constexpr int kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC;
  ptrace(PTRACE_SETOPTIONS, pid, nullptr, kOptions);

  KilledRun run;
  int signal = 0;  // to hand on to the program
  for (;;) {
    ptrace(PTRACE_CONT, pid, nullptr, signal);
    signal = 0;
    if (waitpid(pid, &status, 0) != pid) return std::nullopt;
    if (!WIFSTOPPED(status)) break;
    if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))) {
      if (!at_entry(pid, run)) return std::nullopt;
      ++run.calls;
    } else if (status >> 16 == 0 && WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      signal = WSTOPSIG(status);
    }
  }
  run.killed = WIFSIGNALED(status);
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (run.exit_code == 126 || run.exit_code == 127) return std::nullopt;
  return run;
}

}  // namespace

std::optional<KilledRun> RunAndKill(const std::vector<std::string>& argv, std::optional<int> at_call) {
  return RunTraced(argv, [&](pid_t pid, KilledRun& run) {
    if (run.calls != at_call) return true;
    run.last_call = CallName(pid);
    kill(pid, SIGKILL);
    return true;
  });
}

std::optional<KilledRun> RunAndRefuse(const std::vector<std::string>& argv, int at_call, DiskError what) {
  return RunTraced(argv, [&](pid_t pid, KilledRun& run) {
    if (run.calls < at_call || (run.calls > at_call && !what.lasts)) return true;
    if (run.calls == at_call) run.last_call = CallName(pid);
    return Refuse(pid, what.error);
  });
}

}  // namespace fleet
