#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/document_text.h"
#include "agent/repair/guards.h"
#include "agent/repair/json_edit.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/session_family.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

// Copies what other roots hold into one (catalogue: "Repairs", R-CONSOLIDATE). Sources are only read. A session comes
// with all its relatives or not at all; of a large store a part at a time, each verified by itself, so that no more
// than that lies in memory.

namespace {

constexpr std::int64_t kMostBytes = 64LL * 1024 * 1024;

struct SourceFile {
  std::string path;
  Place place;
  FileStat stat;
};

struct Source {
  const RootModel& model;
  Directory disk;
};

// What the two versions of one document become; nullopt: the target's stays.
class Versions {
 public:
  Versions(const PlannedRoot& target, const Source& source, const SourceFile& file, const FileStat& mine_stat)
      : target_(target), source_(source), file_(file), mine_stat_(mine_stat) {}

  std::optional<std::string> Merge(const std::string& mine, const std::string& theirs) const {
    const Document my = target_.parser().Parse(file_.place.cls, PaddedText(mine));
    const Document their = target_.parser().Parse(file_.place.cls, PaddedText(theirs));
    if (std::holds_alternative<Fault>(their)) return std::nullopt;
    if (std::holds_alternative<Fault>(my)) return theirs;
    if (const auto* session = std::get_if<SessionDocument>(&my)) {
      return MergeSessions(*session, std::get<SessionDocument>(their), mine, theirs);
    }
    if (const auto* index = std::get_if<IndexDocument>(&my)) {
      return MergeIndexes(*index, std::get<IndexDocument>(their));
    }
    if (const auto* message = std::get_if<MessageDocument>(&my)) {
      const auto rank = [](const MessageDocument& document, const FileStat& stat) {
        return std::tuple(document.completed.has_value(), document.parts, stat.mtime_ns);
      };
      const bool newer = rank(std::get<MessageDocument>(their), file_.stat) > rank(*message, mine_stat_);
      return newer ? std::optional(theirs) : std::nullopt;
    }
    if (const auto* record = std::get_if<SubsessionDocument>(&my)) {
      const auto rank = [](const SubsessionDocument& document) {
        const bool ended = document.status == "completed" || document.status == "failed";
        return std::pair(ended, document.completed_at.value_or(0));
      };
      return rank(std::get<SubsessionDocument>(their)) > rank(*record) ? std::optional(theirs) : std::nullopt;
    }
    return std::nullopt;
  }

 private:
  static std::optional<std::string> MergeSessions(const SessionDocument& my, const SessionDocument& their,
                                                  const std::string& mine, const std::string& theirs) {
    const bool newer = their.updated > my.updated;
    const std::string& winner = newer ? theirs : mine;
    if ((newer ? their : my).shared || !(newer ? my : their).shared) {
      return newer ? std::optional(theirs) : std::nullopt;
    }
    const std::optional<std::string> share = JsonAt(newer ? mine : theirs, {"share"});
    return share ? WithJson(winner, {"share"}, *share) : winner;
  }

  std::optional<std::string> MergeIndexes(const IndexDocument& my, const IndexDocument& their) const {
    std::vector<std::string> ids;
    for (const IndexDocument* index : {&my, &their}) {
      for (const IndexDocument::Entry& entry : index->entries) {
        if (!entry.is_text || NotWritable(entry.text)) return std::nullopt;
        if (std::find(ids.begin(), ids.end(), entry.text) == ids.end()) ids.push_back(entry.text);
      }
    }
    if (ids.size() == my.entries.size()) return std::nullopt;
    std::stable_sort(ids.begin(), ids.end(),
                     [&](const std::string& a, const std::string& b) { return CreatedAt(a) < CreatedAt(b); });
    return IndexJson(ids);
  }

  double CreatedAt(const std::string& id) const {
    for (const RootModel* model : {&source_.model, &target_.model()}) {
      const auto record = model->records.find(id);
      if (record != model->records.end()) return record->second.document.created_at;
    }
    return 1e300;  // behind the known ones, in the order in which they were listed
  }

  const PlannedRoot& target_;
  const Source& source_;
  const SourceFile& file_;
  const FileStat& mine_stat_;
};

class Consolidation {
 public:
  Consolidation(const PlannedRoot& target, const Source& source) : target_(target), source_(source) {}

  // Adds what is missing or better there; an error when something could not be read.
  absl::Status Run(Cure& cure, std::int64_t& bytes) {
    RETURN_IF_ERROR(Collect(source_.disk, ""));
    for (const auto& [family, files] : families_) {
      Cure part;
      std::int64_t size = 0;
      for (const SourceFile& file : files) RETURN_IF_ERROR(AddFile(file, part, size));
      if (part.changes.empty()) continue;
      if (bytes > 0 && bytes + size > kMostBytes) {
        more_ = true;
        break;
      }
      bytes += size;
      std::move(part.changes.begin(), part.changes.end(), std::back_inserter(cure.changes));
    }
    return absl::OkStatus();
  }

  std::string Note() const {
    return CountText(copied_, "file") + " copied and " + CountText(merged_, "file") + " merged from " +
           ToUtf8(source_.model.root.path) + (more_ ? "; more is left for the next run" : "");
  }

 private:
  absl::Status Collect(const Directory& directory, const std::string& below) {
    std::map<std::string, EntryType> entries;
    RETURN_IF_ERROR(directory.List([&](const std::string& name, EntryType type) { entries[name] = type; }));
    for (const auto& [name, type] : entries) {
      const std::string path = below + name;
      const bool is_directory = type == EntryType::kDirectory;
      const Place place = layout_.place(path, is_directory);
      if (place.skip || source_.model.strays.contains(path)) continue;
      if (is_directory) {
        ASSIGN_OR_RETURN(const Directory inside, directory.Open(name));
        RETURN_IF_ERROR(Collect(inside, path + "/"));
      } else if (type == EntryType::kFile && !source_.model.damaged.contains(path) &&
                 place.cls != DocumentClass::kApp) {
        ASSIGN_OR_RETURN(const FileStat stat, directory.Stat(name));
        families_[FamilyOf(place)].push_back({path, place, stat});
      }
    }
    return absl::OkStatus();
  }

  std::string FamilyOf(const Place& place) const {
    return TopOfFamily(source_.model, place.cls == DocumentClass::kMessage ? place.session : place.subject);
  }

  absl::Status AddFile(const SourceFile& file, Cure& part, std::int64_t& size) {
    PaddedText theirs;
    FileStat found;
    const std::int64_t limit = file.place.cls == DocumentClass::kNone ? kMostBytes : SizeLimit(file.place.cls);
    RETURN_IF_ERROR(source_.disk.Read(file.path, limit, theirs, found));
    const auto mine = target_.Read(file.path);
    const auto stat = target_.Stat(file.path);
    if (absl::IsNotFound(mine.status())) {
      WriteFile copy{file.path, std::string(theirs.view())};
      copy.mode = (file.stat.mode & 0777) | 0600;
      Add(std::move(copy), part, size, copied_);
      return absl::OkStatus();
    }
    if (!mine.ok() || !stat.ok()) return mine.ok() ? stat.status() : mine.status();
    if (*mine == theirs.view()) return absl::OkStatus();
    std::optional<std::string> merged =
        Versions(target_, source_, file, *stat).Merge(*mine, std::string(theirs.view()));
    if (!merged || *merged == *mine) return absl::OkStatus();
    WriteFile write{file.path, *std::move(merged)};
    write.displaces = "another version of it won when roots were consolidated";
    Add(std::move(write), part, size, merged_);
    return absl::OkStatus();
  }

  static void Add(WriteFile write, Cure& part, std::int64_t& size, std::int64_t& count) {
    size += static_cast<std::int64_t>(write.bytes.size()) + 1;
    ++count;
    part.changes.emplace_back(std::move(write));
  }

  const PlannedRoot& target_;
  const Source& source_;
  const Layout& layout_ = LayoutOf(source_.model.root.kind);
  std::map<std::string, std::vector<SourceFile>> families_;
  std::int64_t copied_ = 0;
  std::int64_t merged_ = 0;
  bool more_ = false;
};

std::optional<Refusal> WhyNot(const RootModel& target, const RootModel& source) {
  const std::string name = ToUtf8(source.root.path);
  if (source.live) return LiveRefusal(source.root);
  if (source.root.kind != target.root.kind) {
    return Refusal{"other_layout", name + " is laid out in another way than the target; migrate it instead"};
  }
  if (!source.unreadable.empty()) {
    return Refusal{"unreadable", "something in " + name + " could not be read; see to that first"};
  }
  return std::nullopt;
}

// The request names the sources as its paths.
Answer PlanConsolidate(const PlannedRoot& root, const HomeModel& home, const Finding& finding) {
  if (finding.code != "CONSOLIDATION_REQUESTED") {
    return Refusal{"ask_consolidate", "which roots go where is a choice: see `dgmo-agent consolidate --help`"};
  }
  Cure cure;
  std::int64_t bytes = 0;
  for (const RootModel& model : home.roots) {
    const bool is_source =
        std::find(finding.paths.begin(), finding.paths.end(), model.root.path) != finding.paths.end();
    if (!is_source || model.root.path == root.model().root.path) continue;
    if (std::optional<Refusal> refusal = WhyNot(root.model(), model)) return *std::move(refusal);
    absl::StatusOr<Directory> disk = Directory::OpenRoot(model.root.path);
    if (!disk.ok()) return Refusal{"unreadable", MessageOf(disk.status())};
    const Source source{model, *std::move(disk)};
    Consolidation consolidation(root, source);
    const std::size_t before = cure.changes.size();
    const absl::Status status = consolidation.Run(cure, bytes);
    if (!status.ok()) return Refusal{"unreadable", MessageOf(status)};
    if (cure.changes.size() > before) {
      cure.note += (cure.note.empty() ? "" : "; ") + consolidation.Note();
      break;  // one source at a time: the next is compared with what this one brought
    }
  }
  return cure;
}

}  // namespace

const Repair kConsolidate = {.id = "R-CONSOLIDATE", .needs_consent = true, .plan = PlanConsolidate};

}  // namespace fleet::agent
