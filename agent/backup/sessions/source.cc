#include "agent/backup/sessions/source.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "agent/backup/root_key.h"
#include "agent/store/layout.h"
#include "agent/store/litter_name.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr int kDeepest = 24;
constexpr int kReadings = 5;
constexpr std::chrono::milliseconds kBetweenReadings{20};
constexpr std::int64_t kJustWrittenMs = 10'000;
// Far above every document; one that is larger is not taken into memory.
constexpr std::int64_t kLargest = std::int64_t{256} << 20;
constexpr std::string_view kConfigurationFiles[] = {"config.json", "config", "AGENTS.md"};
constexpr std::string_view kCredentials = "auth.json";

int RankOf(DocumentClass cls) {
  switch (cls) {
    case DocumentClass::kMessage: return 0;
    case DocumentClass::kSession: return 1;
    case DocumentClass::kSubsession: return 2;
    case DocumentClass::kIndex:
    case DocumentClass::kGuideIndex: return 3;
    default: return 4;
  }
}

class Lister {
 public:
  Lister(const BackupSource& source, SourceListing& listing)
      : source_(source), layout_(LayoutOf(source.root.kind)), listing_(listing) {}

  void Walk(const Directory& directory, const std::string& prefix, int depth) {
    std::vector<std::string> folders;
    const absl::Status listed = directory.List([&](const std::string& name, EntryType type) {
      const std::string path = prefix + name;
      if (type == EntryType::kDirectory && !layout_.place(path, true).skip) folders.push_back(name);
      if (type == EntryType::kFile) File(directory, name, path);
    });
    if (!listed.ok()) listing_.unreadable.push_back(prefix);
    for (const std::string& name : folders) {
      const std::string path = prefix + name;
      listing_.directories.insert(path);
      const absl::StatusOr<Directory> below = depth < kDeepest ? directory.Open(name) : FromErrno(ELOOP, "too deep");
      if (below.ok()) {
        Walk(*below, path + "/", depth + 1);
      } else if (!absl::IsNotFound(below.status())) {
        listing_.unreadable.push_back(path);
      }
    }
  }

 private:
  void File(const Directory& directory, const std::string& name, const std::string& path) {
    const Place place = layout_.place(path, false);
    if (place.skip || name == kCredentials || ParseLitterName(path) || !IsWanted(place)) return;
    if (place.cls == DocumentClass::kShare) {
      ++listing_.shares;
      return;
    }
    const absl::StatusOr<FileStat> stat = directory.Stat(name);
    if (stat.ok()) listing_.files.push_back({path, place.cls, *stat});
  }

  bool IsWanted(const Place& place) const {
    if (!source_.sessions) return true;
    if (place.cls == DocumentClass::kMessage) return source_.sessions->contains(place.session);
    return place.cls != DocumentClass::kNone && source_.sessions->contains(place.subject);
  }

  const BackupSource& source_;
  const Layout& layout_;
  SourceListing& listing_;
};

void ListConfiguration(const Directory& directory, SourceListing& listing) {
  for (const std::string_view name : kConfigurationFiles) {
    const absl::StatusOr<FileStat> stat = directory.Stat(std::string(name));
    if (!stat.ok()) continue;
    const bool json = name == kConfigurationFiles[0];
    listing.files.push_back({std::string(name), json ? DocumentClass::kConfig : DocumentClass::kNone, *stat});
  }
}

// A document as its class wants it; of other JSON files only that it is JSON counts.
bool IsDamaged(const SourceFile& file, const PaddedText& bytes, DocumentParser& parser) {
  const bool document = file.cls != DocumentClass::kNone;
  if (!document && !file.path.ends_with(".json")) return false;
  const Document parsed = parser.Parse(document ? file.cls : DocumentClass::kPerformance, bytes);
  const auto* fault = std::get_if<Fault>(&parsed);
  return fault != nullptr && (document || fault->kind != FaultKind::kShape);
}

}  // namespace

std::vector<BackupSource> SourcesOf(const Home& home, const std::vector<Root>& roots) {
  std::vector<BackupSource> sources;
  const std::vector<std::string> keys = RootKeysOf(roots);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (roots[i].kind == RootKind::kForeign) continue;
    sources.push_back({std::string(RootKindText(roots[i].kind)), keys[i], roots[i]});
  }
  for (const char* app : {"dgmo", "opencode"}) {
    if (home.path.empty()) break;
    Root folder{
        .kind = RootKind::kForeign, .path = home.config_home + "/" + app, .app = "", .name = "", .owner = home.owner};
    const absl::StatusOr<Directory> directory = Directory::OpenRoot(folder.path);
    if (!directory.ok()) continue;
    SourceListing listing;
    ListConfiguration(*directory, listing);
    if (!listing.files.empty()) sources.push_back({"config", std::string("config/") + app, std::move(folder)});
  }
  return sources;
}

SourceListing ListSource(const BackupSource& source, const Directory& directory) {
  SourceListing listing;
  if (source.kind == "config") {
    ListConfiguration(directory, listing);
  } else {
    Lister(source, listing).Walk(directory, "", 0);
  }
  std::sort(listing.files.begin(), listing.files.end(), [](const SourceFile& a, const SourceFile& b) {
    return std::pair(RankOf(a.cls), std::string_view(a.path)) < std::pair(RankOf(b.cls), std::string_view(b.path));
  });
  return listing;
}

absl::StatusOr<SettledFile> ReadSettled(const Directory& directory, const SourceFile& file, PaddedText& bytes,
                                        DocumentParser& parser,
                                        absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  for (int reading = 1;; ++reading) {
    SettledFile settled;
    RETURN_IF_ERROR(directory.Read(file.path, kLargest, bytes, settled.stat));
    const absl::StatusOr<FileStat> after = directory.Stat(file.path);
    if (!after.ok() && !absl::IsNotFound(after.status())) return after.status();
    const bool changed = after.ok() && (after->inode != settled.stat.inode || after->size != settled.stat.size ||
                                        after->mtime_ns != settled.stat.mtime_ns);
    settled.damaged = IsDamaged(file, bytes, parser);
    settled.stat.size = static_cast<std::int64_t>(bytes.view().size());
    const bool fresh = settled.stat.mtime_ms() > std::time(nullptr) * std::int64_t{1000} - kJustWrittenMs;
    if (reading == kReadings || (!changed && !(settled.damaged && fresh))) return settled;
    pause(kBetweenReadings);
  }
}

}  // namespace fleet::agent
