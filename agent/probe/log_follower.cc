#include "agent/probe/log_follower.h"

#include <algorithm>
#include <cerrno>

#include "agent/probe/log_line.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kHeadBytes = 256;
constexpr std::size_t kTailBytes = 64 * 1024;
constexpr int kMostLinesBack = 200;
// A file that is being renamed may be missing from one listing of its folder.
constexpr std::uint64_t kKeptSweeps = 3;
constexpr std::size_t kNone = std::string_view::npos;

std::string_view LineAt(std::string_view text, std::size_t begin) {
  std::string_view line = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::size_t BeginOfLine(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? kNone : text.rfind('\n', at - 1);
  return before == kNone ? 0 : before + 1;
}

// The last dated line before the one that begins at `begin`, not before `from`.
std::optional<LogLine> DatedLineBefore(std::string_view text, std::size_t begin, std::size_t from) {
  for (int i = 0; i < kMostLinesBack && begin > from; ++i) {
    begin = BeginOfLine(text, begin - 1);
    const LogLine line = ParseLogLine(LineAt(text, begin));
    if (line.time_ms) return line;
  }
  return std::nullopt;
}

// How dgmo's last words end when it did not mean to (catalogue: "Logs": a fatal end).
bool IsCrash(const LogLine& line) {
  if (line.level == LogLevel::kFatal) return true;
  if (line.level != LogLevel::kError) return false;
  const std::string_view last = line.rest.substr(line.rest.find_last_of(" =") + 1);
  return last == "fatal" || last == "exception";
}

void LookAtEnds(const LogFile& file, LogFacts::File& facts) {
  std::string buffer;
  if (facts.started_ms == 0) {
    facts.started_ms = ParseLogLine(LineAt(file.Read(0, kHeadBytes, buffer), 0)).time_ms.value_or(0);
  }
  const std::int64_t from = std::max<std::int64_t>(0, file.stat().size - static_cast<std::int64_t>(kTailBytes));
  const std::string_view tail = file.Read(from, kTailBytes, buffer);
  const std::optional<LogLine> last = DatedLineBefore(tail, tail.size(), 0);
  facts.crashed = last && IsCrash(*last);
  facts.crashed_ms = facts.crashed ? *last->time_ms : 0;
}

}  // namespace

struct LogFollower::Met {
  const LogFolder* folder = nullptr;
  std::string name;
  FileStat stat;

  std::string path() const { return folder->path() + "/" + name; }
  FileId id() const { return {stat.device, stat.inode}; }
};

LogFacts LogFollower::Sweep(const std::vector<LogFolder>& folders, std::int64_t now_ms,
                            std::vector<std::string>& unknown) {
  ++sweep_;
  budget_ = limits_.sweep_bytes;
  oldest_ms_ = now_ms - limits_.window_ms;
  std::vector<Met> met;
  for (const LogFolder& folder : folders) ListFolder(folder, met, unknown);
  // When there is too much, the latest counts most.
  std::sort(met.begin(), met.end(), [](const Met& a, const Met& b) { return a.stat.mtime_ns > b.stat.mtime_ns; });
  for (std::size_t i = limits_.most_files; i < met.size(); ++i) unknown.push_back(met[i].path());
  met.resize(std::min(met.size(), limits_.most_files));
  LogFacts facts;
  for (const Met& one : met) ReadOn(one, now_ms, facts, unknown);
  std::erase_if(known_, [&](const auto& entry) { return entry.second.last_sweep + kKeptSweeps < sweep_; });
  facts.hits = tally_.Recent(now_ms);
  return facts;
}

void LogFollower::ListFolder(const LogFolder& folder, std::vector<Met>& met, std::vector<std::string>& unknown) const {
  const auto note = [&](const absl::Status& status, const std::string& path) {
    const int error = ErrnoOf(status);
    if (folder.owner && error == EACCES) return;  // somebody else's, so nothing of the user's is in it
    if (!status.ok() && error != ENOENT && error != ENOTDIR) unknown.push_back(path);
  };
  const absl::StatusOr<Directory> base = Directory::OpenRoot(folder.base);
  if (!base.ok()) return note(base.status(), folder.path());
  const absl::StatusOr<Directory> opened = base->Open(folder.relative);
  if (!opened.ok()) return note(opened.status(), folder.path());
  const absl::Status listed = opened->List([&](const std::string& name, EntryType type) {
    if (type != EntryType::kFile) return;
    const absl::StatusOr<FileStat> stat = opened->Stat(name);
    if (!stat.ok()) return;  // gone meanwhile
    const bool wanted = folder.Wants(name, stat->uid);
    // What was a log when it was last met still is one under the name that rotation gave it.
    if (wanted || known_.count({stat->device, stat->inode}) > 0) met.push_back({&folder, name, *stat});
  });
  note(listed, folder.path());
}

void LogFollower::ReadOn(const Met& met, std::int64_t now_ms, LogFacts& facts, std::vector<std::string>& unknown) {
  const auto before = known_.find(met.id());
  if (before != known_.end()) {
    Known& known = before->second;
    known.last_sweep = sweep_;
    if (known.read_to_end && known.size == met.stat.size && known.mtime_ns == met.stat.mtime_ns) {
      known.facts.path = met.path();
      facts.files.push_back(known.facts);
      return;
    }
  }
  const absl::StatusOr<Directory> base = Directory::OpenRoot(met.folder->base);
  const absl::StatusOr<Directory> folder = base.ok() ? base->Open(met.folder->relative) : base.status();
  const absl::StatusOr<LogFile> file = folder.ok() ? LogFile::Open(*folder, met.name) : folder.status();
  if (!file.ok()) {
    if (ErrnoOf(file.status()) != ENOENT) unknown.push_back(met.path());
    return;
  }
  // By what was opened: rotation may have given the name to another file since it was listed.
  Known& known = known_[{file->stat().device, file->stat().inode}];
  Greet(*file, met, now_ms, known);
  known.last_sweep = sweep_;
  known.facts.path = met.path();
  ReadNew(*file, known, facts);
  if (!known.read_to_end) unknown.push_back(met.path());
  facts.files.push_back(known.facts);
}

// Finds out whether it is the file that was read before, and if not, where to begin.
void LogFollower::Greet(const LogFile& file, const Met& met, std::int64_t now_ms, Known& known) const {
  std::string buffer;
  const std::string_view head = file.Read(0, kHeadBytes, buffer);
  const bool same =
      known.size >= 0 && file.stat().size >= known.position.offset && head.substr(0, known.head.size()) == known.head;
  if (!same) {
    known = Known();
    known.facts.kind = met.folder->kind;
    known.facts.started_ms = StartFromName(met.name).value_or(0);
    const std::int64_t skip = file.stat().size - limits_.first_bytes;
    if (file.stat().mtime_ms() < now_ms - limits_.window_ms) {
      // All of it is older than anything that counts. Should it grow, that is read; in which line, nobody knows.
      known.position = {.offset = file.stat().size, .line = -1};
    } else if (skip > 0) {
      known.position = {.offset = skip, .line = -1, .skipping = true};  // the begin of that line is not seen
    }
  }
  known.head = head;
  known.size = file.stat().size;
  known.mtime_ns = file.stat().mtime_ns;
}

void LogFollower::ReadNew(const LogFile& file, Known& known, LogFacts& facts) {
  known.facts.size = file.stat().size;
  facts.skipped_lines += ReadLines(file, known.position, budget_,
                                   [&](std::string_view lines, bool whole) { MatchLines(lines, whole, known); });
  known.read_to_end = budget_ > 0 || known.position.offset >= known.size;
  LookAtEnds(file, known.facts);
}

void LogFollower::MatchLines(std::string_view lines, bool whole, Known& known) {
  std::size_t from = 0;     // begin of the line to look on at
  std::size_t counted = 0;  // line feeds up to here are in `number`
  std::int64_t number = known.position.line;
  while (from < lines.size()) {
    const std::size_t match = tally_.matcher().Find(lines, from);
    if (match == kNone || match >= lines.size()) break;
    const std::size_t begin = BeginOfLine(lines, match);
    const std::string_view line = LineAt(lines, begin);
    if (number >= 0) {
      number += std::count(lines.begin() + static_cast<std::ptrdiff_t>(counted),
                           lines.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    }
    counted = begin;
    std::optional<std::int64_t> time = ParseLogLine(line).time_ms;
    if (!time) {
      const std::optional<LogLine> dated = DatedLineBefore(lines, begin, from);
      time = dated ? dated->time_ms : known.last_time_ms;
    }
    const std::int64_t file_ms = known.mtime_ns / 1'000'000;
    // No line is younger than its file, whatever zone its time was meant in.
    LogTally::Where where{known.facts.path, std::min(time.value_or(file_ms), file_ms), number < 0 ? 0 : number + 1,
                          !time.has_value()};
    // Only the line at the position may have been looked at before, when it was unfinished.
    std::vector<bool> none;
    if (where.time_ms >= oldest_ms_) tally_.AddLine(line, where, begin == 0 ? known.counted : none);
    if (time) known.last_time_ms = time;
    from = begin + std::min(lines.substr(begin).find('\n'), lines.size() - begin) + 1;
  }
  if (!whole) return;
  known.counted.clear();
  if (const std::optional<LogLine> last = DatedLineBefore(lines, lines.size(), from))
    known.last_time_ms = last->time_ms;
}

}  // namespace fleet::agent
