#include "agent/probe/log_tally.h"

#include <algorithm>

#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kIdLength = 30;  // a prefix of four, and 26 characters

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void AddIds(const std::set<std::string>& ids, std::set<std::string>& to) {
  for (const std::string& id : ids) {
    if (to.size() < LogTally::kMostIds) to.insert(id);
  }
}

// The later one's place stands for both.
void Merge(const LogFacts::Hits& more, LogFacts::Hits& into) {
  if (into.count == 0) {
    into = more;
    return;
  }
  into.count += more.count;
  into.first_ms = std::min(into.first_ms, more.first_ms);
  if (more.last_ms >= into.last_ms) {
    into.last_ms = more.last_ms;
    into.line = more.line;
    into.dated_by_file = more.dated_by_file;
  }
  AddIds(more.ids, into.ids);
}

}  // namespace

std::set<std::string> IdsIn(std::string_view text) {
  std::set<std::string> ids;
  for (const std::string_view prefix : {"ses_", "msg_"}) {
    for (std::size_t at = text.find(prefix); at != std::string_view::npos && ids.size() < LogTally::kMostIds;
         at = text.find(prefix, at + prefix.size())) {
      const std::string_view id = text.substr(at, kIdLength);
      const bool ends = at + kIdLength >= text.size() || !IsWordByte(text[at + kIdLength]);
      if (ends && IsWellFormedId(id)) ids.emplace(id);
    }
  }
  return ids;
}

void LogTally::AddLine(std::string_view line, const Where& where, std::vector<bool>& counted) {
  counted.resize(matcher_->catalogue().patterns().size());
  matcher_->Match(line, [&](std::size_t pattern, std::string_view matched) {
    if (counted[pattern]) return;
    counted[pattern] = true;
    std::set<std::string> ids = IdsIn(matched);
    if (ids.empty()) ids = IdsIn(line);
    const LogFacts::Hits one{.pattern = matcher_->catalogue().patterns()[pattern].name,
                             .path = where.path,
                             .count = 1,
                             .first_ms = where.time_ms,
                             .last_ms = where.time_ms,
                             .line = where.line,
                             .dated_by_file = where.dated_by_file,
                             .ids = std::move(ids)};
    const Key key{where.path, pattern};
    if (seen_.size() >= kMostPlaces && seen_.count(key) == 0) return;
    Merge(one, seen_[key][where.time_ms / kHourMs]);
  });
}

void LogTally::MatchText(std::string_view text, const std::string& path, std::int64_t time_ms, const std::string& id) {
  std::vector<bool> counted;  // a text is one event, however many lines it has
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    AddLine(text.substr(at, end - at), {.path = path, .time_ms = time_ms}, counted);
    at = end + 1;
  }
  for (std::size_t pattern = 0; pattern < counted.size(); ++pattern) {
    const auto seen = seen_.find({path, pattern});
    if (!counted[pattern] || seen == seen_.end() || !IsWellFormedId(id)) continue;
    AddIds({id}, seen->second[time_ms / kHourMs].ids);
  }
}

std::vector<LogFacts::Hits> LogTally::Recent(std::int64_t now_ms) {
  std::vector<LogFacts::Hits> recent;
  for (auto entry = seen_.begin(); entry != seen_.end();) {
    Hours& hours = entry->second;
    std::erase_if(hours, [&](const auto& hour) { return hour.second.last_ms < now_ms - window_ms_; });
    if (hours.empty()) {
      entry = seen_.erase(entry);
      continue;
    }
    LogFacts::Hits all;
    for (const auto& [hour, hits] : hours) Merge(hits, all);
    recent.push_back(std::move(all));
    ++entry;
  }
  return recent;
}

}  // namespace fleet::agent
