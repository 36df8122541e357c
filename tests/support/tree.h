#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/sha256.h"

namespace fleet {

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
      std::ifstream stream(path, std::ios::binary);
      line += " " + Sha256Hex(std::string(std::istreambuf_iterator<char>(stream), {}));
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
