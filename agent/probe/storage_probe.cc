#include "agent/probe/storage_probe.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr char kFolder[] = ".dgmo-agent-probe";
constexpr char kOld[] = "old";
constexpr char kNew[] = "new";
constexpr std::string_view kContent = "{\"probe\":\"dgmo-agent\"}";

class Trial {
 public:
  Trial(StorageTrial& result, const Clock& clock) : result_(result), clock_(clock) {}
  ~Trial() {
    if (inside_ >= 0) close(inside_);
    if (outside_ >= 0) close(outside_);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void Run() {
    const bool held = Step("open", [&] { return OpenFolder(); }) && Step("mkdir", [&] { return MakeFolder(); }) &&
                      Step("create", [&] { return Create(kOld); }) && Step("write", [&] { return Write(); }) &&
                      Step("fsync", [&] { return fsync(file_) == 0; }) &&
                      Step("create", [&] { return Create(kNew); }) && Step("write", [&] { return Write(); }) &&
                      Step("rename", [&] { return renameat(inside_, kNew, inside_, kOld) == 0; }) &&
                      Step("fsync-folder", [&] { return fsync(inside_) == 0; }) && Step("read", [&] { return Read(); });
    if (file_ >= 0) close(file_);
    if (inside_ >= 0 && held) Step("remove", [&] { return Remove(); });
    if (inside_ >= 0 && !held) Remove();
  }

 private:
  template <class Action>
  bool Step(const char* name, Action action) {
    const MonoTime begin = clock_.Mono();
    errno = 0;
    if (!action()) {
      result_.failed = name;
      result_.why = FromErrno(errno == 0 ? EIO : errno,
                              std::string("storage probe, ") + name + " below " + ToPrintable(result_.folder));
      return false;
    }
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock_.Mono() - begin);
    result_.steps.push_back({name, took.count()});
    return true;
  }

  bool OpenFolder() {
    outside_ = open(result_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return outside_ >= 0;
  }

  bool MakeFolder() {
    if (mkdirat(outside_, kFolder, 0700) != 0 && errno != EEXIST) return false;
    inside_ = openat(outside_, kFolder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inside_ < 0) return false;
    for (const char* left : {kOld, kNew}) {
      if (unlinkat(inside_, left, 0) != 0 && errno != ENOENT) return false;
    }
    return true;
  }

  bool Create(const char* name) {
    if (file_ >= 0) close(file_);
    file_ = openat(inside_, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return file_ >= 0;
  }

  bool Write() const { return write(file_, kContent.data(), kContent.size()) == static_cast<ssize_t>(kContent.size()); }

  bool Read() const {
    const int fd = openat(inside_, kOld, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return false;
    std::array<char, kContent.size() + 1> bytes{};
    const ssize_t count = read(fd, bytes.data(), bytes.size());
    close(fd);
    return count == static_cast<ssize_t>(kContent.size()) &&
           std::string_view(bytes.data(), kContent.size()) == kContent;
  }

  bool Remove() const {
    unlinkat(inside_, kNew, 0);
    const bool removed = unlinkat(inside_, kOld, 0) == 0 || errno == ENOENT;
    return unlinkat(outside_, kFolder, AT_REMOVEDIR) == 0 && removed;
  }

  StorageTrial& result_;
  const Clock& clock_;
  int outside_ = -1;
  int inside_ = -1;
  int file_ = -1;
};

}  // namespace

StorageTrial TryStorage(const std::string& folder, const Clock& clock) {
  StorageTrial result;
  result.folder = folder;
  Trial(result, clock).Run();
  return result;
}

}  // namespace fleet::agent
