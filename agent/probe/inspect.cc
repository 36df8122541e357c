#include "agent/probe/inspect.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "agent/checks/check.h"
#include "agent/probe/liveness.h"
#include "agent/store/find_roots.h"
#include "agent/store/scan.h"
#include "common/sha256.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kBetweenReads{2000};

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Where the program's installers put it (catalogue: rule DGMO_NOT_INSTALLED).
bool IsInstalled(const Home& home) {
  static constexpr std::array<const char*, 5> kPlaces = {"/.dgmo/bin/dgmo", "/.opencode/bin/dgmo", "/.local/bin/dgmo",
                                                         "/.bun/bin/dgmo", "/.npm-global/bin/dgmo"};
  for (const char* place : kPlaces) {
    if (Exists(home.path + place)) return true;
  }
  return Exists("/usr/local/bin/dgmo") || Exists("/usr/bin/dgmo");
}

// The global configuration of either name; damage to it stops every start.
void ReadConfig(const std::string& directory, HomeModel& home, DocumentParser& parser) {
  const absl::StatusOr<Directory> opened = Directory::OpenRoot(directory);
  const std::string path = directory + "/config.json";
  if (!opened.ok()) {
    const int error = ErrnoOf(opened.status());
    if (error != ENOENT && error != ENOTDIR) home.unreadable[directory] = {error, true};
    return;
  }
  PaddedText bytes;
  FileStat stat;
  const absl::Status read = opened->Read("config.json", SizeLimit(DocumentClass::kConfig), bytes, stat);
  if (ErrnoOf(read) == ENOENT) return;
  home.has_config = true;
  if (!read.ok()) {
    home.unreadable[path] = {ErrnoOf(read), false};
    return;
  }
  const Document document = parser.Parse(DocumentClass::kConfig, bytes);
  const Fault* fault = std::get_if<Fault>(&document);
  // dgmo's own reader accepts a byte order mark here.
  if (fault == nullptr || fault->kind == FaultKind::kByteOrderMark) return;
  Place place;
  place.cls = DocumentClass::kConfig;
  place.subject = "config";
  // No first bytes: a configuration may begin with a secret.
  home.damaged_configs[path] = {place, *fault, stat, Sha256Hex(bytes.view()), ""};
}

absl::Status AddRoot(const Root& root, HomeModel& home, bool is_explicit) {
  if (root.kind == RootKind::kForeign) {
    home.foreign.push_back(root);
    return absl::OkStatus();
  }
  absl::StatusOr<RootModel> model = ScanRoot(root);
  if (!model.ok()) {
    if (is_explicit) return model.status();
    home.unreadable[root.path] = {ErrnoOf(model.status()), true};
    return absl::OkStatus();
  }
  home.roots.push_back(*std::move(model));
  return absl::OkStatus();
}

// What looks damaged while dgmo writes is looked at twice more before it counts.
void SettleLiveRoots(HomeModel& home, absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  for (RootModel& root : home.roots) {
    root.live = IsLive(root.root);
    for (int reading = 0; root.live && reading < 2; ++reading) {
      const std::vector<std::string> suspicious = SuspiciousPaths(root);
      if (suspicious.empty()) break;
      pause(kBetweenReads);
      const absl::Status read = ReadAgain(root, suspicious);
      if (!read.ok()) root.unreadable[""] = {ErrnoOf(read), true};
    }
  }
}

}  // namespace

absl::StatusOr<HomeModel> Inspect(const Target& target, absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  HomeModel home;
  home.home = target.home;
  if (!target.explicit_roots.empty()) {
    for (const Root& root : target.explicit_roots) RETURN_IF_ERROR(AddRoot(root, home, true));
  } else {
    for (const Root& root : FindRoots(target.home, home.unreadable)) RETURN_IF_ERROR(AddRoot(root, home, false));
    DocumentParser parser;
    ReadConfig(target.home.config_home + "/dgmo", home, parser);
    ReadConfig(target.home.config_home + "/opencode", home, parser);
    home.dgmo_installed = IsInstalled(target.home);
    home.has_backup = Exists(target.home.path + "/backups/sessions");
  }
  SettleLiveRoots(home, pause);
  return home;
}

void SleepFor(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }

}  // namespace fleet::agent
