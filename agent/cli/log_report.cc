#include "agent/cli/log_report.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "agent/cli/log_search.h"
#include "agent/probe/error_texts.h"
#include "agent/probe/log_follower.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string MinuteText(std::int64_t ms) { return TimeText(ms).substr(0, 19) + "Z"; }

std::string LineText(std::int64_t line) { return line > 0 ? std::to_string(line) : "-"; }

std::vector<std::string> Utf8(const std::vector<std::string>& paths) {
  std::vector<std::string> texts;
  for (const std::string& path : paths) texts.push_back(ToUtf8(path));
  return texts;
}

}  // namespace

absl::StatusOr<LogReport> ReadLogs(const HomeModel& home, const CheckSettings& settings, std::int64_t now_ms) {
  ASSIGN_OR_RETURN(std::shared_ptr<const PatternMatcher> matcher, PatternMatcher::Make(settings.patterns));
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  LogFollower follower(matcher, {.first_bytes = kAll, .sweep_bytes = kAll, .window_ms = settings.log_window_ms});
  const std::vector<LogFolder> folders = LogFoldersOf(home, settings);
  LogReport report;
  LogFacts facts = follower.Sweep(folders, now_ms, report.unreadable);
  report.hits = std::move(facts.hits);
  report.skipped_lines = facts.skipped_lines;
  LogTally texts(matcher, settings.log_window_ms);
  const std::int64_t since_ms = now_ms - settings.log_window_ms;
  MatchErrorTexts(home.roots, since_ms, settings.most_recent_errors, texts);
  for (LogFacts::Hits& hits : texts.Recent(now_ms)) report.hits.push_back(std::move(hits));
  std::sort(report.hits.begin(), report.hits.end(), [](const LogFacts::Hits& a, const LogFacts::Hits& b) {
    return std::tie(b.last_ms, a.pattern, a.path) < std::tie(a.last_ms, b.pattern, b.path);
  });
  const LogSearcher errors(LogSearch::kErrors);
  const LogSearcher mentions(LogSearch::kMentions);
  ForEachLog(folders, [&](const std::string& path, const LogFile& file) {
    const auto ignore = [](const FoundLine&) {};
    report.files.push_back(
        {path, file.stat().size, errors.Search(file, since_ms, ignore), mentions.Search(file, since_ms, ignore)});
  });
  return report;
}

std::string LogReportText(const LogReport& report, const PatternCatalogue& patterns) {
  std::string text;
  if (report.hits.empty()) {
    text += "no known error message\n";
  } else {
    Table table({"PATTERN", "COUNT", "FIRST", "LAST", "LINE", "IDS", "FILE"});
    for (const LogFacts::Hits& hits : report.hits) {
      std::string ids;
      for (const std::string& id : hits.ids) ids += (ids.empty() ? "" : ",") + id;
      table.Add({hits.pattern, std::to_string(hits.count), MinuteText(hits.first_ms), MinuteText(hits.last_ms),
                 LineText(hits.line), ids.empty() ? "-" : ids, hits.path});
    }
    text += table.Text();
    std::map<std::string, const LogPattern*> seen;
    for (const LogFacts::Hits& hits : report.hits) seen[hits.pattern] = patterns.Find(hits.pattern);
    text += "\n";
    for (const auto& [name, pattern] : seen) {
      if (pattern == nullptr) continue;
      text += ToPrintable(name + ": " + pattern->meaning) + "\n  " + ToPrintable(pattern->action) + "\n";
    }
  }
  if (!report.files.empty()) {
    Table table({"ERROR|FATAL", "MENTIONS", "BYTES", "FILE"});
    for (const LogReport::File& file : report.files) {
      table.Add({std::to_string(file.errors), std::to_string(file.mentions), std::to_string(file.size), file.path});
    }
    text += "\n" + table.Text();
  }
  for (const std::string& path : report.unreadable) text += "could not be read: " + ToPrintable(path) + "\n";
  if (report.skipped_lines > 0) text += std::to_string(report.skipped_lines) + " lines were too long to be looked at\n";
  return text;
}

nlohmann::ordered_json LogReportJson(const LogReport& report, const PatternCatalogue& patterns) {
  nlohmann::ordered_json json;
  json["patterns"] = nlohmann::ordered_json::array();
  for (const LogFacts::Hits& hits : report.hits) {
    nlohmann::ordered_json row;
    row["code"] = "LOG_PATTERN_" + hits.pattern;
    row["file"] = ToUtf8(hits.path);
    row["count"] = hits.count;
    row["first"] = hits.first_ms;
    row["last"] = hits.last_ms;
    row["line"] = nullptr;
    if (hits.line > 0) row["line"] = hits.line;
    row["ids"] = hits.ids;
    if (const LogPattern* pattern = patterns.Find(hits.pattern)) {
      row["meaning"] = ToUtf8(pattern->meaning);
      row["action"] = ToUtf8(pattern->action);
    }
    json["patterns"].push_back(std::move(row));
  }
  json["files"] = nlohmann::ordered_json::array();
  for (const LogReport::File& file : report.files) {
    json["files"].push_back(
        {{"path", ToUtf8(file.path)}, {"size", file.size}, {"errors", file.errors}, {"mentions", file.mentions}});
  }
  json["unreadable"] = Utf8(report.unreadable);
  json["skipped_lines"] = report.skipped_lines;
  return json;
}

absl::StatusOr<std::int64_t> ParseAge(std::string_view text) {
  const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && number > 0 && number <= 1'000'000;
  const std::int64_t unit_ms = !whole               ? 0
                               : text.back() == 's' ? 1'000
                               : text.back() == 'm' ? 60'000
                               : text.back() == 'h' ? 3'600'000
                               : text.back() == 'd' ? 86'400'000
                                                    : 0;
  if (unit_ms == 0) {
    return InvalidArgument("not a duration: " + ToPrintable(text) + "; write it like 90s, 30m, 24h or 7d");
  }
  return number * unit_ms;
}

}  // namespace fleet::agent
