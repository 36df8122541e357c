#include "agent/probe/unsaved_changes.h"

#include <algorithm>

#include "agent/store/directory.h"

namespace fleet::agent {

namespace {

class Earliest {
 public:
  explicit Earliest(std::int64_t since_ms) : since_ms_(since_ms) {}

  void Add(std::int64_t ms) {
    if (ms > since_ms_) earliest_ = std::min(earliest_.value_or(ms), ms);
  }
  bool IsAfter(std::int64_t ms) const { return ms > since_ms_; }
  std::optional<std::int64_t> value() const { return earliest_; }

 private:
  std::int64_t since_ms_;
  std::optional<std::int64_t> earliest_;
};

}  // namespace

bool HoldsSessions(const RootModel& root) {
  return !root.sessions.empty() || !root.records.empty() || !root.damaged.empty() ||
         std::any_of(root.conversations.begin(), root.conversations.end(),
                     [](const auto& entry) { return entry.second.messages + entry.second.damaged > 0; });
}

std::optional<std::int64_t> EarliestChangeAfter(const RootModel& root, std::int64_t since_ms) {
  Earliest earliest(since_ms);
  for (const auto& [id, info] : root.sessions) earliest.Add(info.stat.mtime_ms());
  for (const auto& [id, record] : root.records) earliest.Add(record.stat.mtime_ms());
  for (const auto& [id, index] : root.indexes) earliest.Add(index.stat.mtime_ms());
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(root.root.path);
  for (const auto& [id, conversation] : root.conversations) {
    if (!earliest.IsAfter(conversation.last_mtime_ms)) continue;
    earliest.Add(conversation.last_mtime_ms);
    if (!directory.ok()) continue;
    const absl::StatusOr<Directory> messages = directory->Open(conversation.path);
    if (!messages.ok()) continue;
    static_cast<void>(messages->List([&](const std::string& name, EntryType type) {
      if (type != EntryType::kFile) return;
      if (const absl::StatusOr<FileStat> stat = messages->Stat(name); stat.ok()) earliest.Add(stat->mtime_ms());
    }));
  }
  return earliest.value();
}

}  // namespace fleet::agent
