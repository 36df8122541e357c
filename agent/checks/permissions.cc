#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "agent/checks/access_rights.h"
#include "agent/checks/rules.h"

namespace fleet::agent {

// Faults of rights and owners in a root (catalogue: "Permissions, resources"). They come by the thousand, from one
// chmod or chown, so there is one finding a fault and folder, which counts and names the first of what it is about.

namespace {

constexpr std::uint32_t kOwnerReadWrite = S_IRUSR | S_IWUSR;

// What one fault has struck in one folder.
struct Struck {
  std::int64_t directories = 0;
  std::int64_t files = 0;
  std::vector<std::string> paths;
  const AccessGroup* first = nullptr;  // none: only seen because it could not be read
  bool by_foreigner = false;
  int error = 0;

  void Add(bool directory, std::int64_t count, const std::vector<std::string>& more) {
    (directory ? directories : files) += count;
    paths.insert(paths.end(), more.begin(), more.end());
  }
};

class RootPermissions {
 public:
  RootPermissions(const HomeView& home, const RootView& root)
      : facts_(home.model.access),
        root_(root),
        // Of roots that were named one by one no home is known.
        owner_(home.model.home.path.empty() ? root.model().root.owner : home.model.home.owner) {}

  void Judge() {
    for (const AccessGroup& group : root_.model().access.groups()) Judge(group);
    for (const auto& [path, unreadable] : root_.model().unreadable) {
      if (unreadable.error == EACCES || unreadable.error == EPERM) JudgeUnreadable(path, unreadable);
    }
  }

  void Report(std::vector<Finding>& findings) const {
    for (const auto& [key, struck] : struck_) findings.push_back(Draft(key, struck));
  }

 private:
  struct Key {
    std::string_view code;
    std::string folder;
    std::string_view of;  // whose, where that makes two faults of one code
    auto operator<=>(const Key&) const = default;
  };

  void Judge(const AccessGroup& group) {
    const bool directory = group.kind == AccessGroup::Kind::kDirectory;
    const std::uint32_t needs = directory ? S_IRWXU : group.kind == AccessGroup::Kind::kDocument ? kOwnerReadWrite : 0;
    // An owner's rights do not depend on lists; of what is another's, the owner is the fault.
    if (group.uid != owner_) {
      Add("PERM_OWNER_MISMATCH", group, group.uid == 0 ? "root" : "another user");
    } else if ((group.mode & needs) != needs) {
      Add(directory ? "PERM_DIR_ACCESS" : "PERM_FILE_ACCESS", group);
    }
    if (IsOpenToWriters(group)) Add("PERM_WORLD_WRITABLE", group).by_foreigner |= group.uid != owner_;
    if (group.immutable || group.append_only) Add("PERM_IMMUTABLE", group);
    if (HasSecrets(group) && IsOpenToReaders(group)) Add("PERM_SECRET_EXPOSED", group);
  }

  // The lists of the examples stand for those of all that are alike.
  bool IsOpenToWriters(const AccessGroup& group) const {
    return std::any_of(group.paths.begin(), group.paths.end(), [&](const std::string& path) {
      const auto list = facts_.lists.find(Absolute(path));
      return OthersMayWrite(facts_, owner_, group.mode, group.gid,
                            list == facts_.lists.end() ? nullptr : &list->second);
    });
  }

  bool HasSecrets(const AccessGroup& group) const {
    if (group.kind != AccessGroup::Kind::kDocument) return false;
    return std::any_of(group.paths.begin(), group.paths.end(), [&](const std::string& path) {
      return layout_.place(path, false).cls == DocumentClass::kShare || facts_.with_secrets.count(Absolute(path)) > 0;
    });
  }

  bool IsOpenToReaders(const AccessGroup& group) const {
    return OthersMayRead(facts_, group.mode, group.gid) && IsReachable(facts_, Absolute(group.folder));
  }

  void JudgeUnreadable(const std::string& path, const Unreadable& unreadable) {
    const std::string folder = AccessFolder(layout_, path, unreadable.is_directory);
    for (const std::string_view of : {"root", "another user"}) {
      if (struck_.count({"PERM_OWNER_MISMATCH", folder, of}) > 0) return;  // that is why
    }
    Struck& struck = struck_[{unreadable.is_directory ? "PERM_DIR_ACCESS" : "PERM_FILE_ACCESS", folder, ""}];
    struck.error = unreadable.error;
    if (struck.first == nullptr) struck.Add(unreadable.is_directory, 1, {path});  // else counted by its mode
  }

  Struck& Add(std::string_view code, const AccessGroup& group, std::string_view of = "") {
    Struck& struck = struck_[{code, group.folder, of}];
    if (struck.first == nullptr) struck.first = &group;
    struck.Add(group.kind == AccessGroup::Kind::kDirectory, group.count, group.paths);
    return struck;
  }

  Finding Draft(const Key& key, const Struck& struck) const {
    std::vector<std::string> paths = struck.paths;
    std::sort(paths.begin(), paths.end());
    if (paths.size() > kAccessExamples) paths.resize(kAccessExamples);
    const bool alone = struck.directories + struck.files == 1;
    const std::string identity = key.folder + (key.of.empty() ? "" : " of " + std::string(key.of));
    Finding finding = root_.Draft(key.code, alone ? paths.front() : key.folder, paths, identity);
    finding.evidence["folders"] = struck.directories;
    finding.evidence["files"] = struck.files;
    if (struck.error != 0) finding.evidence["errno"] = struck.error;
    if (struck.first != nullptr) {
      finding.evidence["mode"] = ModeText(struck.first->mode);
      finding.evidence["uid"] = struck.first->uid;
      finding.evidence["owner_uid"] = owner_;
    }
    if (key.of == "another user") {
      finding.severity = Severity::kP0;
      finding.refusal = "it belongs to another user, who may have written it; find out who and why first";
    }
    if (struck.by_foreigner) finding.severity = Severity::kP0;
    if (key.code == "PERM_WORLD_WRITABLE" || key.code == "PERM_SECRET_EXPOSED" || key.of == "another user") {
      finding.evidence["security"] = 1;
    }
    return finding;
  }

  std::string Absolute(const std::string& path) const {
    return path.empty() ? root_.model().root.path : root_.model().root.path + "/" + path;
  }

  const AccessFacts& facts_;
  const RootView& root_;
  const std::uint32_t owner_;
  const Layout& layout_ = LayoutOf(root_.model().root.kind);
  std::map<Key, Struck> struck_;
};

}  // namespace

void CheckPermissions(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  RootPermissions permissions(home, root);
  permissions.Judge();
  permissions.Report(findings);
}

}  // namespace fleet::agent
