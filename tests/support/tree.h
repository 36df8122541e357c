#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "common/sha256.h"

namespace fleet {

// Read by the library: iterators over a stream are so slow in unoptimized tests that whole trees take minutes.
inline std::string BytesOf(const std::filesystem::path& path) {
  const std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return std::move(bytes).str();
}

// The bytes of every regular file below a directory, by its path from there; what cannot be listed is left out.
inline std::map<std::string, std::string> FilesBelow(const std::string& directory) {
  std::map<std::string, std::string> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!std::filesystem::is_regular_file(entry->symlink_status())) continue;
    files[entry->path().string().substr(directory.size() + 1)] = BytesOf(entry->path());
  }
  return files;
}

enum class FileTimes { kCompare, kIgnore };

// Everything below a directory as sorted lines "path type mode owner:group [sha256 or link target] [mtime]": two trees
// are the same when their texts are. Times are those of files; what has gone meanwhile is left out.
inline std::string TreeText(const std::string& directory, FileTimes times = FileTimes::kCompare) {
  std::vector<std::string> lines;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) continue;
    std::string line = path.substr(directory.size());
    line += " " + std::to_string(found.st_mode & S_IFMT) + " " + std::to_string(found.st_mode & 07777U);
    line += " " + std::to_string(found.st_uid) + ":" + std::to_string(found.st_gid);
    if (S_ISLNK(found.st_mode)) line += " -> " + std::filesystem::read_symlink(path).string();
    if (S_ISREG(found.st_mode)) {
      line += " " + Sha256Hex(BytesOf(path));
      if (times == FileTimes::kCompare) {
        line += " " + std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec);
      }
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace fleet
