#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "agent/backup/opened_backup.h"
#include "agent/repair/candidate.h"
#include "agent/repair/idle_sessions.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/session_family.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

// Moves sessions to quarantine that an archive holds byte for byte (catalogue: "Repairs", R-ARCHIVE). Of a large
// archive a part at a time, each verified by itself. A session goes with all that belongs to it or stays as it is.

namespace {

constexpr std::size_t kMostFiles = 5'000;

struct ArchivedFile {
  std::string path;
  std::string session;
  const SessionManifest::File* file = nullptr;
};

std::string KeyOf(const SessionManifest& manifest, const std::string& root) {
  for (const SessionManifest::Root& each : manifest.roots) {
    if (each.path == root) return each.key;
  }
  return "";
}

class Archived {
 public:
  Archived(const PlannedRoot& root, const SessionManifest& manifest, const std::string& archive)
      : root_(root), reason_("archived in " + ToUtf8(archive)) {
    const std::string begin = KeyOf(manifest, root.model().root.path) + "/";
    for (const auto& [member, file] : manifest.files) {
      if (!member.starts_with(begin)) continue;
      const std::string path = member.substr(begin.size());
      const Place place = LayoutOf(root.model().root.kind).place(path, false);
      const std::string& session = place.session.empty() ? place.subject : place.session;
      families_[TopOfFamily(root.model(), session)].push_back({path, session, &file});
    }
  }

  Answer Plan() {
    Cure cure;
    std::map<std::string, SessionFamily> known;
    for (SessionFamily& family : FamiliesOf(root_.model())) known.emplace(family.top, std::move(family));
    for (const auto& [top, files] : families_) {
      std::vector<Change> changes;
      const auto family = known.find(top);
      if ((family != known.end() && !HoldsAll(files, family->second)) || !Move(files, changes)) {
        ++kept_;
        continue;
      }
      if (changes.empty()) continue;
      if (!cure.changes.empty() && cure.changes.size() + changes.size() > kMostFiles) break;
      ++moved_;
      std::move(changes.begin(), changes.end(), std::back_inserter(cure.changes));
    }
    if (cure.changes.empty() && kept_ > 0) {
      return Refusal{"changed_since", "the sessions are no longer as they were archived; archive them anew"};
    }
    cure.note = CountText(moved_, "session") + " " + reason_;
    if (kept_ > 0) cure.note += "; " + CountText(kept_, "session") + " changed meanwhile and stayed";
    return cure;
  }

 private:
  // Whether the archive has every document of the family; of conversations Move sees to that.
  bool HoldsAll(const std::vector<ArchivedFile>& files, const SessionFamily& family) const {
    std::set<std::string> paths;
    for (const ArchivedFile& file : files) paths.insert(file.path);
    const RootModel& model = root_.model();
    return !family.obstacle && std::all_of(family.ids.begin(), family.ids.end(), [&](const std::string& id) {
      const auto info = model.sessions.find(id);
      const auto record = model.records.find(id);
      const auto index = model.indexes.find(id);
      return (info == model.sessions.end() || paths.contains(info->second.path)) &&
             (record == model.records.end() || paths.contains(record->second.path)) &&
             (index == model.indexes.end() || paths.contains(index->second.path)) &&
             (!model.HasMessages(id) || std::any_of(files.begin(), files.end(), [&](const ArchivedFile& file) {
               return file.session == id && file.path.starts_with(model.conversations.at(id).path + "/");
             }));
    });
  }

  // False when something is not as it was archived. What is gone already needs no change.
  bool Move(const std::vector<ArchivedFile>& files, std::vector<Change>& changes) const {
    std::map<std::string, std::set<std::string>> conversations;  // by folder: names in it
    for (const ArchivedFile& file : files) {
      const auto bytes = root_.Read(file.path);
      if (absl::IsNotFound(bytes.status())) continue;
      const bool same = bytes.ok() && !file.file->damaged && !file.file->gone && Sha256Hex(*bytes) == file.file->sha256;
      if (!same) return false;
      changes.emplace_back(Quarantine{file.path, reason_});
      const auto conversation = root_.model().conversations.find(file.session);
      const std::size_t slash = file.path.rfind('/');
      if (conversation != root_.model().conversations.end() &&
          conversation->second.path == file.path.substr(0, slash)) {
        conversations[conversation->second.path].insert(file.path.substr(slash + 1));
      }
    }
    for (const auto& [folder, names] : conversations) {
      const auto entries = root_.Entries(folder);
      if (!entries.ok() || entries->size() != names.size()) return false;
      for (const auto& [name, type] : *entries) {
        if (!names.contains(name)) return false;
      }
      changes.emplace_back(RemoveDirectory{folder});
    }
    return true;
  }

  const PlannedRoot& root_;
  const std::string reason_;
  std::map<std::string, std::vector<ArchivedFile>> families_;
  std::int64_t moved_ = 0;
  std::int64_t kept_ = 0;
};

// The request names the archive in its evidence.
Answer PlanArchive(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const auto archive = finding.evidence.find("archive");
  if (finding.code != "ARCHIVE_REQUESTED" || archive == finding.evidence.end()) {
    return Refusal{"ask_archive", "which sessions may go is a choice: see what `dgmo-agent archive` proposes"};
  }
  const std::string path = std::get<std::string>(archive->second);
  const std::size_t slash = path.rfind('/');
  const auto backup = OpenedBackup::Open(path.substr(0, slash), path.substr(slash + 1), BackupName{});
  if (!backup.ok()) return Refusal{"unreadable", MessageOf(backup.status())};
  return Archived(root, backup->manifest(), path).Plan();
}

}  // namespace

const Repair kArchive = {.id = "R-ARCHIVE", .needs_consent = true, .plan = PlanArchive};

}  // namespace fleet::agent
