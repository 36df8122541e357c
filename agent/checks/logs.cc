#include <algorithm>
#include <map>
#include <tuple>

#include "agent/checks/rules.h"
#include "common/rules/log_rules.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostPaths = 20;

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Starts that came one after the other, in order, and ended in an error; the latest such row.
using Starts = std::vector<const LogFacts::File*>;

// The crashes of the last loop, none when there was no loop or dgmo has run since.
Starts LoopOf(Starts starts, const CheckSettings& settings) {
  std::sort(starts.begin(), starts.end(), [](const LogFacts::File* a, const LogFacts::File* b) {
    return std::tie(a->started_ms, a->path) < std::tie(b->started_ms, b->path);
  });
  Starts row;
  for (const LogFacts::File* start : starts) {
    if (!start->crashed) {
      row.clear();
    } else {
      row.push_back(start);
    }
  }
  for (std::size_t i = row.size(); i >= settings.crash_loop_starts; --i) {
    const std::int64_t first_ms = row[i - settings.crash_loop_starts]->started_ms;
    if (row[i - 1]->started_ms - first_ms > settings.crash_loop_ms) continue;
    return {row.begin() + static_cast<std::ptrdiff_t>(i - settings.crash_loop_starts), row.end()};
  }
  return {};
}

void CheckCrashLoops(const HomeView& home, std::vector<Finding>& findings) {
  std::map<std::string, Starts> starts;  // by folder
  for (const LogFacts::File& file : home.model.logs->files) {
    const bool one_a_start = file.kind == LogKind::kServer || file.kind == LogKind::kGuide;
    if (one_a_start && file.started_ms > 0) starts[FolderOf(file.path)].push_back(&file);
  }
  for (const auto& [folder, files] : starts) {
    const Starts loop = LoopOf(files, home.settings);
    if (loop.empty()) continue;
    std::vector<std::string> paths;
    // The last one first: it is the one to read.
    for (auto file = loop.rbegin(); file != loop.rend() && paths.size() < kMostPaths; ++file) {
      paths.push_back((*file)->path);
    }
    Finding finding = DraftFinding("DGMO_CRASH_LOOP", "", home.model.home.path, "", std::move(paths), folder);
    finding.evidence["starts"] = static_cast<std::int64_t>(loop.size());
    finding.evidence["first_ms"] = loop.front()->started_ms;
    finding.evidence["last_ms"] = loop.back()->crashed_ms;
    findings.push_back(std::move(finding));
  }
}

void CheckSizes(const HomeView& home, std::vector<Finding>& findings) {
  for (const LogFacts::File& file : home.model.logs->files) {
    const std::int64_t limit =
        file.kind == LogKind::kGuide ? home.settings.guide_log_limit_bytes : home.settings.log_limit_bytes;
    if (file.size <= limit) continue;
    Finding finding = DraftFinding("LOG_OVERSIZE", "", home.model.home.path, "", {file.path}, file.path);
    finding.evidence["size"] = file.size;
    finding.evidence["limit"] = limit;
    findings.push_back(std::move(finding));
  }
}

bool IsAboutAny(const Finding& finding, const std::set<std::string>& ids) {
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return finding.subject_id == id || std::any_of(finding.paths.begin(), finding.paths.end(), [&](const auto& path) {
             return path.find(id) != std::string::npos;
           });
  });
}

// Whether the finding proves what the pattern says (catalogue: "A pattern alone never triggers a repair").
bool Confirms(const Finding& finding, const LogPattern& pattern, const std::set<std::string>& ids) {
  if (IsPatternCode(finding.code)) return false;
  const auto is_among = [&](const std::vector<std::string>& codes) {
    return std::any_of(codes.begin(), codes.end(),
                       [&](const std::string& code) { return CodeMatches(code, finding.code); });
  };
  return is_among(pattern.confirmed_by) ||
         (is_among(pattern.confirmed_by_id) && (ids.empty() || IsAboutAny(finding, ids)));
}

std::string Joined(const std::set<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ",") + text;
  return joined;
}

// One pattern in all files of the home, the file it was last seen in first.
Finding PatternFinding(const HomeView& home, const LogPattern& pattern, std::vector<const LogFacts::Hits*> hits,
                       const std::set<std::string>& ids) {
  std::sort(hits.begin(), hits.end(), [](const LogFacts::Hits* a, const LogFacts::Hits* b) {
    return std::tie(b->last_ms, a->path) < std::tie(a->last_ms, b->path);
  });
  std::vector<std::string> paths;
  std::int64_t count = 0;
  std::int64_t first_ms = hits.front()->first_ms;
  for (const LogFacts::Hits* one : hits) {
    if (paths.size() < kMostPaths) paths.push_back(one->path);
    count += one->count;
    first_ms = std::min(first_ms, one->first_ms);
  }
  const LogFacts::Hits& last = *hits.front();
  Finding finding = DraftFinding(pattern.code(), "", home.model.home.path, ids.size() == 1 ? *ids.begin() : "",
                                 std::move(paths), pattern.name);
  finding.component = pattern.component;
  finding.evidence["pattern"] = pattern.name;
  finding.evidence["file"] = last.path;
  finding.evidence["count"] = count;
  finding.evidence["first_ms"] = first_ms;
  finding.evidence["last_ms"] = last.last_ms;
  if (last.line > 0) finding.evidence["line"] = last.line;
  if (last.dated_by_file) finding.evidence["dated_by"] = "file";
  if (!ids.empty()) finding.evidence["ids"] = Joined(ids);
  return finding;
}

void CheckPatterns(const HomeView& home, std::span<const Finding> machine, std::vector<Finding>& findings) {
  std::map<std::string, std::vector<const LogFacts::Hits*>> by_pattern;
  for (const LogFacts::Hits& hits : home.model.logs->hits) {
    if (hits.last_ms >= home.now_ms - home.settings.log_window_ms) by_pattern[hits.pattern].push_back(&hits);
  }
  std::vector<Finding> seen;
  for (const auto& [name, hits] : by_pattern) {
    const LogPattern* pattern = home.settings.patterns->Find(name);
    if (pattern == nullptr) continue;  // no longer in force
    std::set<std::string> ids;
    for (const LogFacts::Hits* one : hits) ids.insert(one->ids.begin(), one->ids.end());
    Finding finding = PatternFinding(home, *pattern, hits, ids);
    std::set<std::string> confirming;
    for (const std::span<const Finding> some : {std::span<const Finding>(findings), machine}) {
      for (const Finding& other : some) {
        if (!Confirms(other, *pattern, ids)) continue;
        finding.severity = confirming.empty() ? other.severity : std::min(finding.severity, other.severity);
        confirming.insert(other.code);
      }
    }
    if (!confirming.empty()) finding.evidence["confirmed_by"] = Joined(confirming);
    seen.push_back(std::move(finding));
  }
  std::move(seen.begin(), seen.end(), std::back_inserter(findings));
}

}  // namespace

void CheckLogs(const HomeView& home, std::span<const Finding> machine, std::vector<Finding>& findings) {
  if (!home.model.logs) return;
  CheckCrashLoops(home, findings);
  CheckSizes(home, findings);
  CheckPatterns(home, machine, findings);
}

}  // namespace fleet::agent
