#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "agent/probe/probes.h"
#include "common/sha256.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kDocumentsKept = 16;  // a session
constexpr DocumentClass kClasses[] = {DocumentClass::kSession, DocumentClass::kSubsession, DocumentClass::kIndex};

// A root, opened when something in it is to be compared.
class OpenedRoot {
 public:
  explicit OpenedRoot(const RootModel& model) : model_(model) {
    for (const auto& [path, damaged] : model.damaged) {
      if (damaged.place.cls != DocumentClass::kMessage) {
        damaged_.try_emplace({damaged.place.cls, damaged.place.subject}, path);
      }
    }
  }

  const RootModel& model() const { return model_; }

  const Directory* directory() {
    if (!tried_) {
      tried_ = true;
      absl::StatusOr<Directory> opened = Directory::OpenRoot(model_.root.path);
      if (opened.ok()) directory_ = *std::move(opened);
    }
    return directory_ ? &*directory_ : nullptr;
  }

  // Where that document is, damaged or not; empty when there is none.
  std::string PathOf(DocumentClass cls, const std::string& id) const {
    const auto in = [&](const auto& documents) {
      const auto found = documents.find(id);
      return found == documents.end() ? std::string() : found->second.path;
    };
    std::string path;
    if (cls == DocumentClass::kSession) path = in(model_.sessions);
    if (cls == DocumentClass::kSubsession) path = in(model_.records);
    if (cls == DocumentClass::kIndex) path = in(model_.indexes);
    const auto damaged = damaged_.find({cls, id});
    return path.empty() && damaged != damaged_.end() ? damaged->second : path;
  }

  // Every id that names something of a session's here.
  void AddIds(std::map<std::string_view, int>& roots_by_id) const {
    std::set<std::string_view> ids;
    for (const auto& [id, info] : model_.sessions) ids.insert(id);
    for (const auto& [id, record] : model_.records) ids.insert(id);
    for (const auto& [id, index] : model_.indexes) ids.insert(id);
    for (const auto& [id, conversation] : model_.conversations) ids.insert(id);
    for (const auto& [key, path] : damaged_) ids.insert(key.second);
    for (const std::string_view id : ids) ++roots_by_id[id];
  }

 private:
  const RootModel& model_;
  std::map<std::pair<DocumentClass, std::string>, std::string> damaged_;
  bool tried_ = false;
  std::optional<Directory> directory_;
};

// Where copies of one document lie.
using Places = std::vector<std::pair<OpenedRoot*, std::string>>;

// Fills the hash; false when the file cannot be read, which says nothing about its bytes.
bool Hash(OpenedRoot& root, DocumentClass cls, DifferingDocument::Copy& copy) {
  PaddedText bytes;
  if (!root.directory()->Read(copy.path, SizeLimit(cls), bytes, copy.stat).ok()) return false;
  copy.sha256 = Sha256Hex(bytes.view());
  return true;
}

// The copies, when they are not all the same.
std::optional<DifferingDocument> Compare(DocumentClass cls, const std::string& id, const Places& places) {
  DifferingDocument document{cls, id, {}};
  std::vector<OpenedRoot*> roots;
  std::set<std::pair<std::uint64_t, std::uint64_t>> files;
  for (const auto& [root, path] : places) {
    if (root->directory() == nullptr) continue;
    const absl::StatusOr<FileStat> stat = root->directory()->Stat(path);
    // Two names of one file, as a bind mount gives them, are one.
    if (!stat.ok() || !files.emplace(stat->device, stat->inode).second) continue;
    document.copies.push_back({root->model().root.path, path, *stat, ""});
    roots.push_back(root);
  }
  if (document.copies.size() < 2) return std::nullopt;
  std::set<std::int64_t> sizes;
  std::set<std::string> hashes;
  for (std::size_t i = 0; i < document.copies.size(); ++i) {
    DifferingDocument::Copy& copy = document.copies[i];
    if (Hash(*roots[i], cls, copy)) hashes.insert(copy.sha256);
    sizes.insert(copy.stat.size);
  }
  if (sizes.size() < 2 && hashes.size() < 2) return std::nullopt;
  return document;
}

class Comparison {
 public:
  explicit Comparison(std::vector<OpenedRoot>& roots) : roots_(roots) {}

  void CompareSession(const std::string& id) {
    for (const DocumentClass cls : kClasses) {
      Places places;
      for (OpenedRoot& root : roots_) {
        std::string path = root.PathOf(cls, id);
        if (!path.empty()) places.emplace_back(&root, std::move(path));
      }
      Keep(id, cls, id, places);
    }
    CompareMessages(id);
  }

  DuplicateFacts Take() { return std::move(facts_); }

 private:
  void CompareMessages(const std::string& session) {
    std::map<std::string, Places> by_name;
    for (OpenedRoot& root : roots_) {
      const auto conversation = root.model().conversations.find(session);
      if (conversation == root.model().conversations.end() || root.directory() == nullptr) continue;
      const std::string& folder = conversation->second.path;
      const absl::StatusOr<Directory> directory = root.directory()->Open(folder);
      if (!directory.ok()) continue;
      const absl::Status listed = directory->List([&](const std::string& name, EntryType type) {
        std::string path = folder + "/" + name;
        const Place place = LayoutOf(root.model().root.kind).place(path, false);
        if (type != EntryType::kFile || place.cls != DocumentClass::kMessage) return;
        by_name[place.subject].emplace_back(&root, std::move(path));
      });
      if (!listed.ok()) continue;  // what was listed can be compared
    }
    for (const auto& [id, places] : by_name) Keep(session, DocumentClass::kMessage, id, places);
  }

  void Keep(const std::string& session, DocumentClass cls, const std::string& id, const Places& places) {
    if (places.size() < 2) return;
    std::optional<DifferingDocument> document = Compare(cls, id, places);
    if (!document) return;
    DifferingSession& differing = facts_.sessions[session];
    ++differing.count;
    if (cls == DocumentClass::kMessage) ++differing.messages;
    if (differing.documents.size() < kDocumentsKept) differing.documents.push_back(*std::move(document));
  }

  std::vector<OpenedRoot>& roots_;
  DuplicateFacts facts_;
};

}  // namespace

// Reads only what occurs in two roots or more, one document at a time.
void ProbeDuplicates(const CheckSettings&, HomeModel& home) {
  std::vector<OpenedRoot> roots;
  roots.reserve(home.roots.size());
  for (const RootModel& model : home.roots) roots.emplace_back(model);
  std::map<std::string_view, int> roots_by_id;
  if (roots.size() > 1) {
    for (const OpenedRoot& root : roots) root.AddIds(roots_by_id);
  }
  Comparison comparison(roots);
  for (const auto& [id, count] : roots_by_id) {
    if (count > 1) comparison.CompareSession(std::string(id));
  }
  home.duplicates = comparison.Take();
}

}  // namespace fleet::agent
