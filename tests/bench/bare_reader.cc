#include "tests/bench/bare_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace fleet::agent {

namespace {

constexpr std::size_t kLargest = 1 << 20;

void RaiseDescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

BareReader::BareReader(const std::string& directory) : buffer_(kLargest) {
  RaiseDescriptorLimit();
  List(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory);
}

BareReader::~BareReader() {
  for (const auto& [fd, path] : directories_) close(fd);
}

void BareReader::List(int fd, const std::string& path) {
  DIR* stream = fd < 0 ? nullptr : fdopendir(dup(fd));
  if (stream == nullptr) {
    std::perror(path.c_str());
    std::exit(1);
  }
  const std::size_t directory = directories_.size();
  directories_.emplace_back(fd, path);
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name.front() == '.') continue;
    if (entry->d_type == DT_DIR) {
      List(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path + "/" + entry->d_name);
    } else {
      files_.push_back({directory, entry->d_name});
    }
  }
  closedir(stream);
}

void BareReader::Read(int directory, const char* name) {
  const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
  bytes_ += read(fd, buffer_.data(), buffer_.size());
  close(fd);
}

void BareReader::ReadAll() {
  bytes_ = 0;
  for (const File& file : files_) Read(directories_[file.directory].first, file.name.c_str());
}

void BareReader::ListAndReadAll(const std::string& directory) {
  bytes_ = 0;
  ListAndRead(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

void BareReader::ListAndRead(int fd) {
  DIR* stream = fdopendir(fd);
  while (const dirent* entry = readdir(stream)) {
    if (entry->d_name[0] == '.') continue;
    if (entry->d_type == DT_DIR) {
      ListAndRead(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    } else {
      Read(fd, entry->d_name);
    }
  }
  closedir(stream);
}

void BareReader::Forget() {
  for (const File& file : files_) {
    const int fd = openat(directories_[file.directory].first, file.name.c_str(), O_RDONLY | O_CLOEXEC);
    fdatasync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
  }
}

std::vector<std::string> BareReader::Paths(std::int64_t every) const {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < files_.size(); i += static_cast<std::size_t>(every)) {
    paths.push_back(directories_[files_[i].directory].second + "/" + files_[i].name);
  }
  return paths;
}

}  // namespace fleet::agent
