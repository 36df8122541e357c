#include "agent/probe/program_version.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <thread>
#include <tuple>
#include <vector>

#include "agent/probe/programs.h"
#include "common/mutex.h"
#include "common/spawn_attributes.h"

namespace fleet::agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLimit{10'000};
constexpr std::chrono::minutes kAskAgain{15};  // when there was no answer
constexpr std::size_t kMostOutput = 4096;
constexpr std::size_t kMostVersion = 64;

// An empty folder that goes with the question.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "dgmo-agent-version-XXXXXX").string();
    if (!error && mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> EnvironmentIn(const std::string& folder, const std::string& search_path) {
  std::vector<std::string> environment = {"PATH=" + search_path};
  for (const char* name :
       {"HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
    environment.push_back(std::string(name) + "=" + folder);
  }
  environment.emplace_back("LANG=C.UTF-8");
  environment.emplace_back("NO_COLOR=1");
  return environment;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Child {
  pid_t pid = 0;
  int output = -1;
};

// Leader of a process group, its output in a pipe. Returns an errno, 0 for none.
int Start(const std::string& path, const std::string& search_path, const std::string& folder, Child& child) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  const SpawnAttributes attributes;
  std::vector<std::string> arguments = {path, "--version"};
  std::vector<std::string> environment = EnvironmentIn(folder, search_path);
  const int error = posix_spawn(&child.pid, path.c_str(), &actions, attributes.get(), Pointers(arguments).data(),
                                Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  child.output = ends[0];
  return error;
}

milliseconds Left(steady_clock::time_point until) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(until - steady_clock::now()));
}

// What it prints until it closes its output; more than enough is thrown away. False when the time was over before.
bool ReadOutput(int output, steady_clock::time_point until, std::string& text) {
  for (;;) {
    pollfd waiting{output, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(Left(until).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    char buffer[1024];
    const ssize_t n = read(output, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    text.append(buffer, std::min(static_cast<std::size_t>(n), kMostOutput - std::min(kMostOutput, text.size())));
  }
}

// Whether it ended in time; killed otherwise, with what it started.
bool WaitFor(pid_t pid, steady_clock::time_point until, int& status) {
  while (Left(until) > milliseconds(0)) {
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return true;
    if (ended < 0 && errno != EINTR) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  kill(-pid, SIGKILL);
  waitpid(pid, &status, 0);
  return false;
}

std::string FirstLine(const std::string& text) {
  std::string line = text.substr(0, text.find_first_of("\r\n"));
  std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
  return line.substr(0, kMostVersion);
}

bool IsShim(const std::string& path) {
  return path.find("/shims/") != std::string::npos || path.find("/.volta/") != std::string::npos;
}

bool ForAnother(const Home& home) { return geteuid() == 0 && home.owner != 0; }

bool OnlyRootCouldWrite(const struct stat& st) { return st.st_uid == 0 && (st.st_mode & 022) == 0; }

std::string SearchPath(const std::string& program, const Home& home) {
  std::string path = program.substr(0, program.rfind('/'));
  if (ForAnother(home)) return path + ":/usr/local/bin:/usr/bin:/bin";
  for (const std::string& folder : ProgramFolders(home)) path += ":" + folder;
  return path;
}

struct Remembered {
  InstalledProgram program;
  steady_clock::time_point asked;
};

// Path, time of the last change (s, ns) and size. The time is not that of the bytes: npm gives all files the same.
using FileKey = std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>;

}  // namespace

InstalledProgram AskVersion(const std::string& path, const std::string& search_path, milliseconds limit) {
  InstalledProgram program;
  program.path = path;
  const Scratch scratch;
  if (scratch.path().empty()) return program;
  const auto until = steady_clock::now() + limit;
  Child child;
  if (const int error = Start(path, search_path, scratch.path(), child); error != 0) {
    if (child.output >= 0) close(child.output);
    // Out of processes or memory says nothing about the program.
    if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) return program;
    program.answer = InstalledProgram::Answer::kFailed;
    program.failure = std::string("cannot be started: ") + std::strerror(error);
    return program;
  }
  std::string text;
  const bool finished = ReadOutput(child.output, until, text);
  int status = 0;
  const bool ended = WaitFor(child.pid, finished ? until : steady_clock::now(), status);
  close(child.output);
  if (!ended) {
    program.answer = InstalledProgram::Answer::kNone;
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    program.answer = InstalledProgram::Answer::kVersion;
    program.version = FirstLine(text);
  } else {
    program.answer = InstalledProgram::Answer::kFailed;
    program.failure = WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                                          : "exit code " + std::to_string(WEXITSTATUS(status));
  }
  return program;
}

InstalledProgram KnownVersion(const std::string& path, const Home& home) {
  static Mutex mutex;
  static std::map<FileKey, Remembered> known;
  InstalledProgram unasked;
  unasked.path = path;
  struct stat st;
  if (IsShim(path) || stat(path.c_str(), &st) != 0) return unasked;
  if (ForAnother(home) && !OnlyRootCouldWrite(st)) return unasked;
  const FileKey key{path, st.st_ctim.tv_sec, st.st_ctim.tv_nsec, st.st_size};
  const MutexLock lock(mutex);
  const auto found = known.find(key);
  if (found != known.end()) {
    const bool answered = found->second.program.answer == InstalledProgram::Answer::kVersion;
    if (answered || steady_clock::now() - found->second.asked < kAskAgain) return found->second.program;
  }
  InstalledProgram program = AskVersion(path, SearchPath(path, home), kLimit);
  // What it lacks may be in the user's own folders, where root looks for nothing.
  if (ForAnother(home) && program.answer == InstalledProgram::Answer::kFailed) program = unasked;
  known[key] = {program, steady_clock::now()};
  return program;
}

}  // namespace fleet::agent
