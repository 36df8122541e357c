#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fleet::agent {

// The yardstick of a scan: the least that reading a tree of files can cost.
class BareReader {
 public:
  // Lists every *.json below the directory; its directories stay open.
  explicit BareReader(const std::string& directory);
  ~BareReader();
  BareReader(const BareReader&) = delete;
  BareReader& operator=(const BareReader&) = delete;

  std::int64_t files() const { return static_cast<std::int64_t>(files_.size()); }
  std::int64_t bytes() const { return bytes_; }  // of what was read

  void ReadAll();  // open, read, close; nothing else
  // The same for files whose names are not known yet: lists and reads directory by directory.
  void ListAndReadAll(const std::string& directory);
  void Forget();                                             // asks the kernel to drop the files from its cache
  std::vector<std::string> Paths(std::int64_t every) const;  // every n-th file

 private:
  struct File {
    std::size_t directory;
    std::string name;
  };
  void List(int fd, const std::string& path);
  void ListAndRead(int fd);
  void Read(int fd, const char* name);

  std::vector<std::pair<int, std::string>> directories_;
  std::vector<File> files_;
  std::vector<char> buffer_;
  std::int64_t bytes_ = 0;
};

}  // namespace fleet::agent
