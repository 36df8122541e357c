#include "agent/watch/log_tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "agent/store/directory.h"
#include "agent/watch/file_mark.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMostBytes = 1024 * 1024;

bool HasWord(std::string_view line, std::string_view word) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !letter(line[at - 1])) && (end == line.size() || !letter(line[end]))) return true;
  }
  return false;
}

}  // namespace

std::int64_t CountErrorLines(std::string_view text) {
  std::int64_t errors = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (HasWord(line, "ERROR") || HasWord(line, "FATAL")) ++errors;
  }
  return errors;
}

bool LogTail::IsLog(const std::string& path) { return path.ends_with(".log"); }

void LogTail::Begin(const std::string& folder) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(folder);
  if (!directory.ok()) return;
  const absl::Status listed = directory->List([&](const std::string& name, EntryType type) {
    const std::optional<FileMark> mark =
        type == EntryType::kFile && IsLog(name) ? MarkAt(*directory, name, 0) : std::nullopt;
    if (mark) files_[folder + "/" + name] = {mark->inode, mark->size};
  });
  if (!listed.ok()) return;  // then everything in it is new
}

std::int64_t LogTail::NewErrors(const std::string& path) {
  const std::optional<FileMark> mark = MarkAt(path, 0);
  if (!mark || mark->type != EntryType::kFile) {
    files_.erase(path);
    return 0;
  }
  File& file = files_[path];
  if (file.inode != mark->inode || file.offset > mark->size) file = {mark->inode, 0};  // another file, or truncated
  const int fd = OpenWithoutLinks(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return 0;
  // Of a burst only the end is read.
  file.offset = std::max(file.offset, mark->size - kMostBytes);
  std::vector<char> bytes(static_cast<std::size_t>(mark->size - file.offset));
  const ssize_t n = pread(fd, bytes.data(), bytes.size(), file.offset);
  close(fd);
  if (n <= 0) return 0;
  // A line that is still being written is for the next look.
  std::string_view text(bytes.data(), static_cast<std::size_t>(n));
  const std::size_t last = text.rfind('\n');
  if (last == std::string_view::npos) return 0;
  text = text.substr(0, last + 1);
  file.offset += static_cast<std::int64_t>(text.size());
  return CountErrorLines(text);
}

}  // namespace fleet::agent
