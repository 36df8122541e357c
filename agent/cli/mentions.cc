#include "agent/cli/mentions.h"

#include <algorithm>

#include "agent/store/layout.h"

namespace fleet::agent {

namespace {

constexpr int kDeepest = 24;

bool IsNamedBy(std::string_view name, std::string_view id) {
  return name.substr(0, id.size()) == id && (name.size() == id.size() || name[id.size()] == '.');
}

std::string HowOf(std::string_view path, EntryType type) {
  struct Folder {
    std::string_view part;
    std::string_view how;
  };
  static constexpr Folder kFolders[] = {{"session/info/", "session info"},
                                        {"sub-sessions/", "sub-session record"},
                                        {"sub-session-index/", "index of its sub-sessions"},
                                        {"/share/", "share"},
                                        {"performance/", "performance report"},
                                        {"checkpoint/", "checkpoint"},
                                        {"prompting/", "prompting data"}};
  if (path.find(".json.conflict-") != std::string_view::npos) return "conflict copy";
  if (path.size() > 4 && path.substr(path.size() - 4) == ".tmp") return "temporary file left behind";
  for (const Folder& folder : kFolders) {
    if (path.find(folder.part) != std::string_view::npos) return std::string(folder.how);
  }
  if (path.find("message/") != std::string_view::npos) return type == EntryType::kDirectory ? "messages" : "message";
  return type == EntryType::kDirectory ? "folder" : "file";
}

class NameWalk {
 public:
  NameWalk(const std::string& root, std::string_view id) : root_(root), id_(id) {}

  void Walk(const Directory& directory, const std::string& path, int depth) {
    std::vector<std::string> below;
    const absl::Status listed = directory.List([&](const std::string& name, EntryType type) {
      const std::string relative = path.empty() ? name : path + "/" + name;
      if (IsNamedBy(name, id_)) mentions_.push_back({root_, root_ + "/" + relative, HowOf(relative, type)});
      if (type == EntryType::kDirectory) below.push_back(name);
    });
    if (!listed.ok() || depth == kDeepest) return;
    for (const std::string& name : below) {
      const absl::StatusOr<Directory> next = directory.Open(name);
      if (next.ok()) Walk(*next, path.empty() ? name : path + "/" + name, depth + 1);
    }
  }

  std::vector<Mention> Sorted() {
    std::sort(mentions_.begin(), mentions_.end(), [](const Mention& a, const Mention& b) { return a.path < b.path; });
    return std::move(mentions_);
  }

 private:
  const std::string& root_;
  const std::string_view id_;
  std::vector<Mention> mentions_;
};

}  // namespace

std::vector<Mention> MentionsByName(const Directory& directory, const std::string& root, std::string_view id) {
  NameWalk walk(root, id);
  walk.Walk(directory, "", 0);
  return walk.Sorted();
}

std::vector<Mention> MentionsByContent(const RootModel& root, const std::string& id) {
  std::vector<Mention> mentions;
  const auto add = [&](const std::string& path, const std::string& how) {
    mentions.push_back({root.root.path, root.root.path + "/" + path, how});
  };
  for (const auto& [child, info] : root.sessions) {
    if (info.document.parent == id) add(info.path, "parent of session " + child);
  }
  for (const auto& [child, record] : root.records) {
    if (record.document.parent == id) add(record.path, "parent in the record of " + child);
  }
  for (const auto& [parent, index] : root.indexes) {
    const auto& entries = index.document.entries;
    const bool listed = std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.text == id; });
    if (listed) add(index.path, "listed in the index of " + parent);
  }
  if (root.guide_index) {
    for (const GuideIndexDocument::Entry& entry : root.guide_index->document.entries) {
      const auto& children = entry.subsessions;
      const bool child = std::find(children.begin(), children.end(), id) != children.end();
      if (entry.key == id || entry.id == id || child) add(root.guide_index->path, "listed in the sessions index");
    }
  }
  return mentions;
}

}  // namespace fleet::agent
