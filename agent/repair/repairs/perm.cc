#include <sys/stat.h>

#include <optional>
#include <utility>

#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

// Rights and owners (catalogue: "Repairs", R-PERM). What the finding is about is changed and nothing else: one fault in
// one folder, never a whole tree.

namespace {

constexpr std::uint32_t kPermissions = 07777;
constexpr std::uint32_t kWriteOfOthers = S_IWGRP | S_IWOTH;
constexpr std::uint32_t kSecret = S_IRUSR | S_IWUSR;

struct Entry {
  std::string path;
  FileStat stat;
};

bool IsDirectory(const Entry& entry) { return S_ISDIR(entry.stat.mode); }
std::uint32_t RightsOf(const Entry& entry) { return entry.stat.mode & kPermissions; }

// What the checks count under one folder, as it is on the disk: the folder, its files, and of conversations all.
class FolderWalk {
 public:
  FolderWalk(const PlannedRoot& root, std::string folder) : root_(root), folder_(std::move(folder)) {}

  std::vector<Entry> Run() {
    Look(folder_);
    return std::move(entries_);
  }

 private:
  void Look(const std::string& directory) {
    const auto stat = root_.Stat(directory);
    if (!stat.ok()) return;
    entries_.push_back({directory, *stat});
    const auto names = root_.Entries(directory);
    if (!names.ok()) return;  // it has to be opened first; what is in it shows afterwards
    for (const auto& [name, type] : *names) {
      const std::string path = directory.empty() ? name : directory + "/" + name;
      const bool is_directory = type == EntryType::kDirectory;
      if (layout_.place(path, is_directory).skip || AccessFolder(layout_, path, is_directory) != folder_) continue;
      if (is_directory) Look(path);
      const auto found = root_.Stat(path);
      if (type == EntryType::kFile && found.ok()) entries_.push_back({path, *found});
    }
  }

  const PlannedRoot& root_;
  const Layout& layout_ = LayoutOf(root_.model().root.kind);
  const std::string folder_;
  std::vector<Entry> entries_;
};

class Cause {
 public:
  Cause(const PlannedRoot& root, const HomeModel& home, const Finding& finding, bool guide)
      : root_(root),
        home_(home),
        code_(finding.code),
        guide_(guide),
        user_(home.home.path.empty() ? root.model().root.owner : home.home.owner) {}

  // nullopt: it is not at fault.
  std::optional<SetAccess> Cured(const Entry& entry) const {
    if (!IsAtFault(entry)) return std::nullopt;
    SetAccess set{.path = entry.path.empty() ? "." : entry.path, .mode = Wanted(entry), .owner = std::nullopt};
    if (code_ == "PERM_OWNER_MISMATCH") set.owner = user_;
    if (set.mode == RightsOf(entry) && !set.owner) return std::nullopt;
    return set;
  }

 private:
  bool IsAtFault(const Entry& entry) const {
    const std::uint32_t rights = RightsOf(entry);
    if (code_ == "PERM_OWNER_MISMATCH") return entry.stat.uid == 0 && user_ != 0;
    if (code_ == "PERM_WORLD_WRITABLE") return (rights & kWriteOfOthers) != 0;
    if (code_ == "PERM_SECRET_EXPOSED") return IsSecret(entry.path) && (rights & ~kSecret) != 0;
    const bool of_directories = code_ == "PERM_DIR_ACCESS";
    return IsDirectory(entry) == of_directories && (rights & OwnersOf(entry)) != OwnersOf(entry);
  }

  std::uint32_t Wanted(const Entry& entry) const {
    const std::uint32_t rights = RightsOf(entry);
    if (code_ == "PERM_SECRET_EXPOSED") return kSecret;
    if (guide_) return IsDirectory(entry) ? 0755 : IsSecret(entry.path) ? kSecret : 0644;
    if (code_ == "PERM_WORLD_WRITABLE") return rights & ~kWriteOfOthers;
    return rights | OwnersOf(entry);
  }

  static std::uint32_t OwnersOf(const Entry& entry) { return IsDirectory(entry) ? S_IRWXU : S_IRUSR | S_IWUSR; }

  bool IsSecret(const std::string& path) const {
    const std::string absolute = root_.model().root.path + "/" + path;
    const auto entry = home_.access.entries.find(absolute);
    if (entry != home_.access.entries.end() && entry->second.keeps_secrets) return true;
    return home_.access.with_secrets.count(absolute) > 0 ||
           LayoutOf(root_.model().root.kind).place(path, false).cls == DocumentClass::kShare;
  }

  const PlannedRoot& root_;
  const HomeModel& home_;
  const std::string code_;
  const bool guide_;
  const std::uint32_t user_;
};

// What the finding is about: in a home one entry, in a root all that is counted with it.
std::vector<Entry> EntriesOf(const PlannedRoot& root, const HomeModel& home, const Finding& finding) {
  const std::string path = finding.path == root.model().root.path ? "" : RelativePath(root, finding.path);
  const auto stat = root.Stat(path);
  if (!stat.ok()) return {};
  if (root.model().root.kind != RootKind::kHome) {
    return FolderWalk(root, AccessFolder(LayoutOf(root.model().root.kind), path, S_ISDIR(stat->mode))).Run();
  }
  const AccessFacts& facts = home.access;
  const bool is_dgmos = facts.entries.count(finding.path) > 0 || facts.above.count(finding.path) > 0 ||
                        home.unreadable.count(finding.path) > 0;
  return is_dgmos ? std::vector<Entry>{{path, *stat}} : std::vector<Entry>();
}

Answer PlanPermissions(const PlannedRoot& root, const HomeModel& home, const Finding& finding, bool guide) {
  // It is not known what he wrote there, and handing it over would hide that he did.
  if (!finding.refusal.empty()) return Refusal{"foreign_owner", finding.refusal};
  const Cause cause(root, home, finding, guide);
  Cure cure;
  for (const Entry& entry : EntriesOf(root, home, finding)) {
    if (std::optional<SetAccess> set = cause.Cured(entry)) cure.changes.emplace_back(*std::move(set));
  }
  if (!cure.changes.empty()) {
    cure.note = "rights of " + CountText(static_cast<std::int64_t>(cure.changes.size()), "path") +
                " changed, no byte and no time";
  }
  return cure;
}

Answer PlanMinimal(const PlannedRoot& root, const HomeModel& home, const Finding& finding) {
  return PlanPermissions(root, home, finding, false);
}
Answer PlanAsTheGuide(const PlannedRoot& root, const HomeModel& home, const Finding& finding) {
  return PlanPermissions(root, home, finding, true);
}

}  // namespace

const Repair kPerm = {.id = "R-PERM", .while_live = true, .in_home = true, .mends_owner = true, .plan = PlanMinimal};
const Repair kPermAsTheGuide = {
    .id = "R-PERM", .while_live = true, .in_home = true, .mends_owner = true, .plan = PlanAsTheGuide};

}  // namespace fleet::agent
