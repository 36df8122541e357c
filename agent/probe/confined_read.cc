#include "agent/probe/confined_read.h"

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "agent/store/directory.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string Resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), std::free);
  return resolved ? resolved.get() : "";
}

}  // namespace

absl::Status ReadInHome(const Home& home, const std::string& path, std::int64_t limit, PaddedText& bytes,
                        FileStat& found) {
  const std::string target = Resolved(path);
  if (target.empty()) return FromErrno(errno, "cannot resolve " + ToUtf8(path));
  for (const std::string& place : {home.path, home.config_home, home.state_home}) {
    const std::string base = Resolved(place);
    if (base.empty() || target.rfind(base + "/", 0) != 0) continue;
    ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(base));
    return directory.Read(target.substr(base.size() + 1), limit, bytes, found);
  }
  return PermissionDenied("will not read " + ToUtf8(path) + ": it leads out of the home");
}

absl::Status ReadWithoutLinks(const std::string& path, std::int64_t limit, PaddedText& bytes, FileStat& found) {
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot("/"));
  return directory.Read(path.substr(1), limit, bytes, found);
}

}  // namespace fleet::agent
