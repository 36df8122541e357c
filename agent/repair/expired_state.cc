#include "agent/repair/expired_state.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "agent/repair/journal.h"
#include "agent/repair/service_record.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShape = "0000-00-00_00-00-00";

// Whether the name begins with a time, as those of runs do, and that is before `limit`.
bool IsBefore(const std::string& name, const std::string& limit) {
  if (name.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(name[i])) != 0;
    if (kShape[i] == '0' ? !digit : name[i] != kShape[i]) return false;
  }
  return name.compare(0, kShape.size(), limit) < 0;
}

std::int64_t BytesIn(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(fs::symlink_status(path, error)))
    return static_cast<std::int64_t>(fs::file_size(path, error));
  std::int64_t bytes = 0;
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (!fs::is_regular_file(entry->symlink_status(gone)) || gone) continue;
    const auto size = entry->file_size(gone);
    if (!gone) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

// What may still be followed: taken back, or finished.
bool IsOpen(const std::string& state, const std::string& id) {
  if (Journal::HasManifest(state, id)) {
    const absl::StatusOr<Journal> journal = Journal::Load(state, id);
    if (!journal.ok() || journal->IsOpen()) return true;
  }
  const absl::StatusOr<ServiceRecord> record = ServiceRecord::Load(state, id);
  return record.ok() ? record->Begun() != nullptr : !absl::IsNotFound(record.status());
}

}  // namespace

std::vector<ExpiredState> FindExpiredState(const std::string& state, std::int64_t now_ms) {
  const std::string limit = TimeNameText(now_ms - kRetentionMs);
  std::vector<ExpiredState> found;
  for (const char* folder : {"quarantine", "repairs", "services"}) {
    std::error_code error;
    fs::directory_iterator entry(fs::path(state) / folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const std::string id = name.ends_with(".json") ? name.substr(0, name.size() - 5) : name;
      std::error_code gone;
      if (!IsBefore(id, limit) || fs::is_symlink(entry->symlink_status(gone)) || IsOpen(state, id)) continue;
      found.push_back({entry->path().string(), BytesIn(entry->path())});
    }
  }
  std::sort(found.begin(), found.end(), [](const ExpiredState& a, const ExpiredState& b) {
    return fs::path(a.path).filename() < fs::path(b.path).filename();
  });
  return found;
}

bool RemoveExpiredState(const ExpiredState& expired) {
  std::error_code error;
  fs::remove_all(expired.path, error);
  return !error;
}

}  // namespace fleet::agent
