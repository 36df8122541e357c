#include <csignal>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/log_report.h"
#include "agent/cli/log_search.h"
#include "agent/cli/log_stream.h"
#include "agent/cli/patterns_option.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kBetweenPolls{1'000};

struct Options {
  Targets targets;
  std::string patterns;  // a file
  std::string since = "24h";
  bool errors = false;
  bool search = false;
  bool follow = false;
  bool json = false;
};

std::vector<LogFolder> AllFolders(const std::vector<HomeModel>& homes, const CheckSettings& settings) {
  std::vector<LogFolder> folders;
  for (const HomeModel& home : homes) {
    std::vector<LogFolder> more = LogFoldersOf(home, settings);
    std::move(more.begin(), more.end(), std::back_inserter(folders));
  }
  return folders;
}

int ShowReport(const Options& options, const std::vector<HomeModel>& homes, const CheckSettings& settings,
               std::int64_t now_ms) {
  LogReport all;
  for (const HomeModel& home : homes) {
    absl::StatusOr<LogReport> report = ReadLogs(home, settings, now_ms);
    if (!report.ok()) return ReportError(report.status());
    std::move(report->hits.begin(), report->hits.end(), std::back_inserter(all.hits));
    std::move(report->files.begin(), report->files.end(), std::back_inserter(all.files));
    std::move(report->unreadable.begin(), report->unreadable.end(), std::back_inserter(all.unreadable));
    all.skipped_lines += report->skipped_lines;
  }
  if (options.json) {
    std::cout << LogReportJson(all, *settings.patterns).dump(2) << '\n';
  } else {
    std::cout << LogReportText(all, *settings.patterns);
  }
  return all.hits.empty() ? 0 : 1;
}

// As grep shows it: file, number, and a dash where it is only context.
void PrintLine(const Options& options, const std::string& path, const FoundLine& line) {
  if (options.json) {
    std::cout << nlohmann::ordered_json{{"path", ToUtf8(path)},
                                        {"line", line.line},
                                        {"selected", line.selected},
                                        {"text", ToUtf8(line.text)}}
                     .dump()
              << '\n';
    return;
  }
  if (line.after_gap && options.errors) std::cout << "--\n";
  const char mark = line.selected ? ':' : '-';
  std::cout << ToPrintable(path) << mark << line.line << mark << ToPrintable(line.text) << '\n';
}

int ShowLines(const Options& options, const std::vector<HomeModel>& homes, const CheckSettings& settings,
              std::int64_t now_ms) {
  const LogSearcher searcher(options.errors ? LogSearch::kErrors : LogSearch::kMentions);
  std::int64_t selected = 0;
  const std::vector<std::string> unreadable =
      ForEachLog(AllFolders(homes, settings), [&](const std::string& path, const LogFile& file) {
        selected += searcher.Search(file, now_ms - settings.log_window_ms,
                                    [&](const FoundLine& line) { PrintLine(options, path, line); });
      });
  for (const std::string& path : unreadable) {
    std::cerr << "warning: " << ToPrintable(path) << " could not be read; run this as its owner\n";
  }
  return selected == 0 ? 0 : 1;
}

void PrintNew(const Options& options, const LogStream::Line& line) {
  if (options.json) {
    std::cout << nlohmann::ordered_json{{"time", line.time_ms},
                                        {"path", ToUtf8(line.path)},
                                        {"line", line.line},
                                        {"patterns", line.patterns},
                                        {"text", ToUtf8(line.text)}}
                     .dump()
              << std::endl;
    return;
  }
  std::string patterns;
  for (const std::string& name : line.patterns) patterns += "[" + name + "] ";
  std::cout << TimeText(line.time_ms) << ' ' << patterns << ToPrintable(line.path) << ':' << line.line << ": "
            << ToPrintable(line.text) << std::endl;
}

// Until somebody interrupts it, or nobody reads it any more.
int Follow(const Options& options, const std::vector<HomeModel>& homes, const CheckSettings& settings,
           const Clock& clock) {
  absl::StatusOr<std::unique_ptr<PatternMatcher>> matcher = PatternMatcher::Make(settings.patterns);
  if (!matcher.ok()) return ReportError(matcher.status());
  LogStream stream(*std::move(matcher), AllFolders(homes, settings));
  while (std::cout) {
    std::this_thread::sleep_for(kBetweenPolls);
    stream.Poll(ToMillis(clock.Now()), [&](const LogStream::Line& line) { PrintNew(options, line); });
  }
  return 0;
}

absl::StatusOr<std::vector<HomeModel>> ReadHomes(const Options& options) {
  if (!options.targets.roots.empty()) {
    return InvalidArgument("--root: logs belong to a home; give --home DIR");
  }
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  std::vector<HomeModel> homes;
  for (const Target& target : targets) {
    ASSIGN_OR_RETURN(HomeModel home, Inspect(target, SleepFor));
    homes.push_back(std::move(home));
  }
  return homes;
}

int Run(const Options& options) {
  CheckSettings settings;
  absl::Status ready = LoadPatterns(options.patterns, settings);
  const absl::StatusOr<std::int64_t> since_ms = ParseAge(options.since);
  ready.Update(since_ms.status());
  if (!ready.ok()) return ReportError(ready);
  settings.log_window_ms = *since_ms;
  const absl::StatusOr<std::vector<HomeModel>> homes = ReadHomes(options);
  if (!homes.ok()) return ReportError(homes.status());
  const SystemClock clock;
  if (options.follow) return Follow(options, *homes, settings, clock);
  if (options.errors || options.search) return ShowLines(options, *homes, settings, ToMillis(clock.Now()));
  return ShowReport(options, *homes, settings, ToMillis(clock.Now()));
}

}  // namespace

void AddLogsCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("logs", "Show which known errors dgmo's logs hold, and where");
  command->footer(
      "Exit code: 0 nothing, 1 something was found, 2 could not run. Lines of logs may hold private things: they are "
      "shown here and sent nowhere.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  AddPatternsOption(*command, options->patterns);
  command->add_option("--since", options->since, "How far back: 90s, 30m, 24h, 7d")
      ->type_name("AGE")
      ->capture_default_str();
  CLI::Option* errors =
      command->add_flag("--errors", options->errors, "Show the lines with ERROR or FATAL, ten lines around each");
  CLI::Option* search =
      command->add_flag("--search", options->search, "Show the lines with error, failed or exception, in any case");
  CLI::Option* follow =
      command->add_flag("--follow", options->follow, "Show errors as they are written, until stopped");
  errors->excludes(search)->excludes(follow);
  search->excludes(follow);
  command->add_flag("--json", options->json, "Print one JSON document; with lines, one a line");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
