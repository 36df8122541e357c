#include "agent/drill/qdrant_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "agent/probe/inspect.h"
#include "agent/probe/programs.h"
#include "agent/store/descriptor.h"
#include "agent/store/find_roots.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};
constexpr int kLooks = 600;

absl::StatusOr<std::string> ServerProgram() {
  const char* home = std::getenv("HOME");
  FoundProgram found;
  if (home != nullptr && *home != '\0') {
    ASSIGN_OR_RETURN(const Home own, HomeAt(home, /*use_environment=*/false));
    found = FindProgram(own, "qdrant");
  }
  if (!found.path.empty()) return found.path;
  return NotFound(
      "this machine has no program called qdrant in the usual places (its server may run in a container); "
      "put one there to act this out");
}

// Ports that nobody listens on now. The server opens them a moment later: should another be faster, it does not start.
absl::StatusOr<std::array<std::uint16_t, 2>> FreePorts() {
  std::array<std::uint16_t, 2> ports{};
  std::array<Descriptor, 2> sockets;  // both held until both are known
  for (std::size_t i = 0; i < ports.size(); ++i) {
    sockets[i] = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(sockets[i].get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        getsockname(sockets[i].get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      return FromErrno(errno, "cannot get a free port");
    }
    ports[i] = ntohs(address.sin_port);
  }
  return ports;
}

// A process that ends with this one, however this one ends.
absl::StatusOr<pid_t> StartProgram(const std::string& program, const std::string& folder,
                                   const std::array<std::uint16_t, 2>& ports) {
  std::vector<std::string> environment = {
      "HOME=" + folder,
      "QDRANT__SERVICE__HOST=127.0.0.1",
      "QDRANT__SERVICE__HTTP_PORT=" + std::to_string(ports[0]),
      "QDRANT__SERVICE__GRPC_PORT=" + std::to_string(ports[1]),
      "QDRANT__STORAGE__STORAGE_PATH=" + folder + "/storage",
      "QDRANT__STORAGE__SNAPSHOTS_PATH=" + folder + "/snapshots",
      "QDRANT__TELEMETRY_DISABLED=true",
  };
  std::vector<char*> variables;
  for (std::string& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  std::string name = "qdrant";
  char* const argv[] = {name.data(), nullptr};
  const Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  const pid_t pid = fork();
  if (pid < 0) return FromErrno(errno, "cannot start " + ToPrintable(program));
  if (pid > 0) return pid;
  // Nothing that takes a lock: another thread may have held it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int fd : {0, 1, 2}) dup2(nothing.get(), fd);
  if (chdir(folder.c_str()) == 0) execve(program.c_str(), argv, variables.data());
  _exit(127);
}

}  // namespace

QdrantServer::QdrantServer(const Sandbox& sandbox, pid_t pid, std::uint16_t port) : sandbox_(sandbox), pid_(pid) {
  settings_.qdrant_url = "http://127.0.0.1:" + std::to_string(port);
  settings_.qdrant_storage = sandbox.folder() + "/qdrant/storage";
}

QdrantServer::~QdrantServer() {
  kill(pid_, SIGKILL);  // nothing of it is kept
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

absl::StatusOr<std::unique_ptr<QdrantServer>> QdrantServer::Start(const Sandbox& sandbox) {
  ASSIGN_OR_RETURN(const std::string program, ServerProgram());
  const std::string folder = sandbox.folder() + "/qdrant";
  std::filesystem::create_directories(folder);
  ASSIGN_OR_RETURN(const auto ports, FreePorts());
  ASSIGN_OR_RETURN(const pid_t pid, StartProgram(program, folder, ports));
  std::unique_ptr<QdrantServer> server(new QdrantServer(sandbox, pid, ports[0]));
  RETURN_IF_ERROR(Annotate(server->AwaitReady(), ToPrintable(program)));
  return server;
}

absl::Status QdrantServer::AwaitReady() const {
  ASSIGN_OR_RETURN(const std::unique_ptr<HomeScene> scene, Scene(settings_.qdrant_collection));
  absl::Status ready = Internal("was not asked");
  for (int look = 0; look < kLooks; ++look) {
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
      return Unavailable("the server ended as soon as it was started");
    }
    ready = scene->scene().admin.Ready();
    if (ready.ok()) return ready;
    SleepFor(kBetweenLooks);
  }
  return ready;
}

absl::StatusOr<std::unique_ptr<HomeScene>> QdrantServer::Scene(const std::string& collection) const {
  HomeModel home;
  home.home.path = sandbox_.home();
  home.config.emplace();
  HomeScene::Options options;
  options.collection = collection;
  return HomeScene::Of(home, settings_, sandbox_.state(), sandbox_.clock(), SleepFor, options);
}

}  // namespace fleet::agent
