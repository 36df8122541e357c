#include "agent/probe/load_time.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/layout.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

using Clock = std::chrono::steady_clock;

double MillisSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

class Listing {
 public:
  explicit Listing(const Layout& layout) : layout_(layout) {}

  absl::Status Walk(const Directory& directory, const std::string& path) {
    std::vector<std::string> conversations;
    RETURN_IF_ERROR(directory.List([&](const std::string& name, EntryType type) {
      const std::string below = path + "/" + name;
      const Place place = layout_.place(below, type == EntryType::kDirectory);
      if (type == EntryType::kFile && place.cls == DocumentClass::kSession) Read(directory, name);
      // The guide's layout may have an info in a folder of its own.
      if (type == EntryType::kDirectory && !place.skip && layout_.kind == RootKind::kGuide)
        conversations.push_back(name);
    }));
    for (const std::string& name : conversations) ReadOwnInfo(directory, path, name);
    return absl::OkStatus();
  }

  ListingTime time;

 private:
  void Read(const Directory& directory, const std::string& name) {
    const Clock::time_point begin = Clock::now();
    FileStat stat;
    if (!directory.Read(name, SizeLimit(DocumentClass::kSession), bytes_, stat).ok()) return;
    ++time.infos;
    time.slowest_ms = std::max(time.slowest_ms, MillisSince(begin));
  }

  void ReadOwnInfo(const Directory& directory, const std::string& path, const std::string& session) {
    const absl::StatusOr<Directory> own = directory.Open(session);
    if (!own.ok()) return;
    for (const std::string name : {"session.json", "info.json"}) {
      if (layout_.place(path + "/" + session + "/" + name, false).cls == DocumentClass::kSession) Read(*own, name);
    }
  }

  const Layout& layout_;
  PaddedText bytes_;
};

}  // namespace

absl::StatusOr<ListingTime> TimeListing(const Root& root) {
  const Clock::time_point begin = Clock::now();
  const Layout& layout = LayoutOf(root.kind);
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(root.path));
  const std::string an_info = layout.path_of(DocumentClass::kSession, "x", "");
  const std::string folder = an_info.substr(0, an_info.rfind('/'));
  Listing listing(layout);
  const absl::StatusOr<Directory> infos = directory.Open(folder);
  if (infos.ok()) {
    RETURN_IF_ERROR(listing.Walk(*infos, folder));
  } else if (ErrnoOf(infos.status()) != ENOENT) {
    return infos.status();
  }
  listing.time.total_ms = MillisSince(begin);
  return listing.time;
}

}  // namespace fleet::agent
