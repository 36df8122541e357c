#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/bundle/log_excerpt.h"
#include "agent/bundle/sections/sections.h"
#include "agent/store/descriptor.h"
#include "agent/store/directory.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kTail = 4 << 20;  // bytes looked through of each log
constexpr std::size_t kNewestLogs = 3;   // of dgmo's one log a start
constexpr std::size_t kMostLogs = 64;

// A folder with logs, and which of them count.
struct LogPlace {
  std::string base;  // as given; below it no link is followed
  std::string relative;
  std::string only;  // a name; empty: the newest *.log
  std::size_t newest = kNewestLogs;
  const uid_t* owner = nullptr;  // of the files, in a folder where others write, too
};

std::vector<LogPlace> PlacesOf(const HomeModel& home) {
  std::vector<LogPlace> places;
  for (const char* app : {"dgmo", "opencode"}) {
    places.push_back({.base = home.home.data_home, .relative = std::string(app) + "/log", .only = ""});
  }
  for (const RootModel& root : home.roots) {
    if (root.root.kind == RootKind::kProgram) {
      places.push_back({.base = root.root.path, .relative = "log", .only = "tui.log"});
    } else {
      places.push_back({.base = root.root.path, .relative = "logs", .only = "", .newest = 10});
    }
  }
  places.push_back(
      {.base = "/tmp", .relative = "dgmo-debug", .only = "task-debug.log", .newest = 1, .owner = &home.home.owner});
  return places;
}

bool IsLog(const std::string& name) { return name.size() > 4 && name.substr(name.size() - 4) == ".log"; }

// Names of dgmo's logs are times: the last is the newest.
std::vector<std::string> NamesIn(const Directory& folder, const LogPlace& place) {
  if (!place.only.empty()) return {place.only};
  std::vector<std::string> names;
  static_cast<void>(folder.List([&](const std::string& name, EntryType type) {
    if (type == EntryType::kFile && IsLog(name)) names.push_back(name);
  }));
  std::sort(names.rbegin(), names.rend());
  if (names.size() > place.newest) names.resize(place.newest);
  return names;
}

struct Tail {
  std::string bytes;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::int64_t mtime_ms = 0;
};

std::optional<Tail> ReadTail(const Directory& folder, const std::string& name, const uid_t* owner) {
  const Descriptor file(openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat found {};
  if (!file.valid() || fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  if (owner != nullptr && found.st_uid != *owner) return std::nullopt;
  Tail tail{.bytes = "", .offset = std::max<std::int64_t>(found.st_size - kTail, 0), .size = found.st_size};
  tail.mtime_ms = found.st_mtim.tv_sec * 1000;
  tail.bytes.resize(static_cast<std::size_t>(found.st_size - tail.offset));
  std::size_t got = 0;
  while (got < tail.bytes.size()) {
    const ssize_t n = pread(file.get(), tail.bytes.data() + got, tail.bytes.size() - got,
                            tail.offset + static_cast<std::int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  tail.bytes.resize(got);
  return tail;
}

}  // namespace

void AddLogs(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  std::string text;
  std::size_t number = 0;
  for (const HomeModel& home : input.homes) {
    for (const LogPlace& place : PlacesOf(home)) {
      const absl::StatusOr<Directory> base = Directory::OpenRoot(place.base.empty() ? "/nowhere" : place.base);
      if (!base.ok()) continue;
      const absl::StatusOr<Directory> folder = base->Open(place.relative);
      if (!folder.ok()) continue;
      for (const std::string& name : NamesIn(*folder, place)) {
        const std::optional<Tail> tail = ReadTail(*folder, name, place.owner);
        if (!tail || number >= kMostLogs) continue;
        const std::string path = redactor.Path(place.base + "/" + place.relative + "/" + name);
        const std::string member = "logs/" + std::to_string(++number) + ".txt";
        const std::string head =
            path + ", " + std::to_string(tail->size) + " bytes, written " + TimeText(tail->mtime_ms);
        bundle.Add(member, "# " + head +
                               "\n# Free text is replaced by its length; behind @ stands where the line begins " +
                               "in the file.\n" + LogExcerpt(tail->bytes, tail->offset, redactor));
        text += head + ": " + member + "\n";
      }
    }
  }
  bundle.Report("Logs", text.empty() ? "none\n" : text);
}

}  // namespace fleet::agent
