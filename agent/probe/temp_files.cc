#include "agent/probe/temp_files.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace fleet::agent {

namespace {

bool IsOurs(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kWords = {"dgmo", "opencode", "ses_", "session"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

void Look(const std::string& folder, bool whole, std::vector<TempEntry>& entries) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(folder);
  if (!directory.ok()) return;
  const absl::Status listed = directory->List([&](const std::string& name, EntryType type) {
    if (!whole && !IsOurs(name)) return;
    const absl::StatusOr<FileStat> stat = directory->Stat(name);
    if (!stat.ok()) return;
    entries.push_back({folder + "/" + name, type, stat->size, stat->mtime_ms(), stat->uid, {}});
  });
  if (!listed.ok()) return;  // what was listed before is true all the same
}

std::string LinkTarget(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = readlink(path.c_str(), buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
}

std::vector<std::string> NamesIn(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(path.c_str()), closedir);
  if (!stream) return names;
  while (const dirent* entry = readdir(stream.get())) names.emplace_back(entry->d_name);
  return names;
}

bool IsAtOrBelow(const std::string& path, const std::string& place) {
  return path.rfind(place, 0) == 0 && (path.size() == place.size() || path[place.size()] == '/');
}

void Use(const std::string& path, int process, std::vector<TempEntry>& entries) {
  for (TempEntry& entry : entries) {
    if (!IsAtOrBelow(path, entry.path)) continue;
    if (entry.users.empty() || entry.users.back() != process) entry.users.push_back(process);
  }
}

void AddUsers(std::vector<TempEntry>& entries) {
  if (entries.empty()) return;
  for (const std::string& name : NamesIn("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const int process = std::atoi(name.c_str());
    const std::string place = "/proc/" + name;
    Use(LinkTarget(place + "/cwd"), process, entries);
    for (const std::string& fd : NamesIn(place + "/fd")) Use(LinkTarget(place + "/fd/" + fd), process, entries);
  }
}

}  // namespace

std::vector<TempEntry> FindTempEntriesIn(const std::vector<std::string>& whole,
                                         const std::vector<std::string>& by_name) {
  std::vector<TempEntry> entries;
  for (const std::string& folder : whole) Look(folder, true, entries);
  for (const std::string& folder : by_name) Look(folder, false, entries);
  std::sort(entries.begin(), entries.end(), [](const TempEntry& a, const TempEntry& b) { return a.path < b.path; });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const TempEntry& a, const TempEntry& b) { return a.path == b.path; }),
                entries.end());
  AddUsers(entries);
  return entries;
}

std::vector<TempEntry> FindTempEntries(const Home& home) {
  std::vector<std::string> by_name = {"/tmp", "/var/tmp"};
  if (const char* own = std::getenv("TMPDIR"); own != nullptr && *own == '/') by_name.emplace_back(own);
  std::vector<std::string> whole = {"/tmp/dgmo", "/tmp/dgmo-sessions", "/tmp/dgmo-debug"};
  if (!home.path.empty()) {
    whole.push_back(home.path + "/.cache/dgmo");
    whole.push_back(home.path + "/.local/state/dgmo");
  }
  return FindTempEntriesIn(whole, by_name);
}

}  // namespace fleet::agent
