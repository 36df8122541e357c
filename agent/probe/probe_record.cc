#include "agent/probe/probe_record.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kRunningBytes = 256;
constexpr std::size_t kMaxStrikeBytes = 64 * 1024;
constexpr int kSafely = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

// The file's first bytes; what fails is errno.
absl::StatusOr<std::string> ReadUpTo(const std::string& path, std::size_t limit) {
  const int fd = open(path.c_str(), O_RDONLY | kSafely);
  if (fd < 0) return FromErrno(errno, "cannot read " + ToUtf8(path));
  std::string bytes(limit, '\0');
  const ssize_t got = read(fd, bytes.data(), bytes.size());
  const int error = errno;
  close(fd);
  if (got < 0) return FromErrno(error, "cannot read " + ToUtf8(path));
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::string BootId() {
  const absl::StatusOr<std::string> text = ReadUpTo("/proc/sys/kernel/random/boot_id", 64);
  return text.ok() ? text->substr(0, text->find('\n')) : "unknown";
}

}  // namespace

ProbeRecord::ProbeRecord(std::string folder) : folder_(std::move(folder)), era_(BootId() + " " FLEET_VERSION) {}

ProbeRecord::~ProbeRecord() {
  if (running_ >= 0) close(running_);
}

absl::Status ProbeRecord::SetRunning(std::string_view probe) {
  const std::string path = folder_ + "/probe-running";
  if (running_ < 0) running_ = open(path.c_str(), O_WRONLY | O_CREAT | kSafely, 0600);
  if (running_ < 0) return FromErrno(errno, "cannot write " + ToUtf8(path));
  std::string line = probe.empty() ? "" : era_ + " " + std::string(probe);
  line.resize(kRunningBytes - 1, ' ');  // always as long, so that one write replaces the one before
  line += '\n';
  if (pwrite(running_, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size())) return absl::OkStatus();
  return FromErrno(errno == 0 ? EIO : errno, "cannot write " + ToUtf8(path));
}

std::string ProbeRecord::LeftRunning() const {
  const absl::StatusOr<std::string> text = ReadUpTo(folder_ + "/probe-running", kRunningBytes);
  const std::string prefix = era_ + " ";
  if (!text.ok() || text->size() != kRunningBytes || text->rfind(prefix, 0) != 0) return "";
  const std::string name = text->substr(prefix.size(), text->size() - 1 - prefix.size());
  return name.substr(0, name.find_last_not_of(' ') + 1);
}

absl::StatusOr<std::string> ProbeRecord::ReadStrikes() const {
  absl::StatusOr<std::string> text = ReadUpTo(folder_ + "/probe-strikes", kMaxStrikeBytes);
  if (ErrnoOf(text.status()) == ENOENT) return "";
  return text;
}

absl::Status ProbeRecord::WriteStrikes(std::string_view text) {
  const std::string path = folder_ + "/probe-strikes";
  const std::string fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | kSafely, 0600);
  if (fd < 0) return FromErrno(errno, "cannot write " + ToUtf8(path));
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  close(fd);
  if (!written) return FromErrno(error, "cannot write " + ToUtf8(path));
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return FromErrno(errno, "cannot write " + ToUtf8(path));
  return absl::OkStatus();
}

}  // namespace fleet::agent
