#include "agent/cli/log_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "agent/cli/log_search.h"
#include "agent/cli/log_stream.h"
#include "agent/cli/pattern_text.h"
#include "agent/cli/task_list.h"
#include "agent/probe/inspect.h"
#include "agent/store/find_roots.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::int64_t NowMs() { return std::int64_t{std::time(nullptr)} * 1000; }

HomeModel ModelOf(const std::string& path) {
  const auto home = HomeAt(path, false);
  return *Inspect({.home = *home, .explicit_roots = {}}, [](std::chrono::milliseconds) {});
}

TEST(LogReport, CountsPatternsAndLinesOfErrors) {
  const TempDir home;
  CheckSettings settings;
  settings.temporary_folder = home.path();
  home.Write(".local/share/dgmo/log/a.log", "x\nERROR EMFILE\nit failed\nFATAL end\n");
  const auto report = ReadLogs(ModelOf(home.path()), settings, NowMs());
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->hits.size(), 1U);
  EXPECT_EQ(report->hits[0].line, 2);
  ASSERT_EQ(report->files.size(), 1U);
  EXPECT_EQ(report->files[0].errors, 2);
  EXPECT_EQ(report->files[0].mentions, 2);
  const std::string text = LogReportText(*report, *settings.patterns);
  EXPECT_THAT(text, HasSubstr("EMFILE"));
  EXPECT_THAT(text, HasSubstr("R-FDLIMIT"));
  EXPECT_THAT(text, Not(HasSubstr("it failed"))) << "lines are shown on demand only";
  const auto json = LogReportJson(*report, *settings.patterns);
  EXPECT_EQ(json["patterns"][0]["code"], "LOG_PATTERN_EMFILE");
  EXPECT_EQ(json["files"][0]["errors"], 2);
}

std::vector<std::string> Found(const std::string& text, LogSearch search) {
  const TempDir dir;
  dir.Write("a.log", text);
  const auto folder = Directory::OpenRoot(dir.path());
  const auto file = LogFile::Open(*folder, "a.log");
  std::vector<std::string> lines;
  LogSearcher(search).Search(*file, NowMs() - 3'600'000, [&](const FoundLine& line) {
    lines.push_back((line.after_gap ? "--" : "") + std::to_string(line.line) + (line.selected ? ":" : "-") +
                    std::string(line.text));
  });
  return lines;
}

TEST(LogSearch, ShowsErrorsWithTenLinesAround) {
  std::string text;
  for (int i = 1; i <= 60; ++i) text += (i == 20 || i == 25 || i == 55 ? "ERROR " : "line ") + std::to_string(i) + "\n";
  const std::vector<std::string> lines = Found(text, LogSearch::kErrors);
  ASSERT_EQ(lines.size(), 26U + 16U);
  EXPECT_EQ(lines.front(), "10-line 10");
  EXPECT_EQ(lines[10], "20:ERROR 20");
  EXPECT_EQ(lines[25], "35-line 35");
  EXPECT_EQ(lines[26], "--45-line 45");
  EXPECT_EQ(lines.back(), "60-line 60");
}

TEST(LogSearch, FindsMentionsInAnyCase) {
  EXPECT_THAT(Found("a\nIt FAILED\nException\nx\nerrors", LogSearch::kMentions),
              ElementsAre("2:It FAILED", "3:Exception", "--5:errors"));
  EXPECT_THAT(Found("INFO fine\nerror in small letters\n", LogSearch::kErrors), IsEmpty());
}

TEST(LogSearch, LeavesOutWhatIsOlder) {
  EXPECT_THAT(Found("ERROR 2025-07-08T09:15:04 +1ms old\n", LogSearch::kErrors), IsEmpty());
}

TEST(LogStream, ShowsWhatIsWrittenFromNowOn) {
  const TempDir dir;
  dir.Write("log/a.log", "ERROR before\n");
  LogStream stream(*PatternMatcher::Make(PatternCatalogue::BuiltIn()), {{dir.path(), "log", LogKind::kServer}});
  std::vector<std::string> seen;
  const auto poll = [&] {
    seen.clear();
    stream.Poll(1, [&](const LogStream::Line& line) {
      seen.push_back(std::to_string(line.line) + " " + (line.patterns.empty() ? "" : line.patterns[0] + " ") +
                     std::string(line.text));
    });
  };
  poll();
  EXPECT_THAT(seen, IsEmpty());
  std::ofstream(dir / "log/a.log", std::ios::app) << "quiet\nERROR x\nEMFILE\nhalf";
  dir.Write("log/b.log", "EMFILE\n");
  poll();
  EXPECT_THAT(seen, ElementsAre("3 ERROR x", "4 EMFILE EMFILE", "1 EMFILE EMFILE"));
  dir.Write("log/a.log", "FATAL new\n");
  poll();
  EXPECT_THAT(seen, ElementsAre("1 FATAL new"));
}

TEST(ParseAge, TakesANumberAndAUnit) {
  EXPECT_EQ(*ParseAge("90s"), 90'000);
  EXPECT_EQ(*ParseAge("30m"), 1'800'000);
  EXPECT_EQ(*ParseAge("24h"), 86'400'000);
  EXPECT_EQ(*ParseAge("7d"), 604'800'000);
  for (const char* text : {"", "h", "24", "-1h", "0h", "1w", "1.5h", "99999999999d"}) {
    EXPECT_FALSE(ParseAge(text).ok()) << text;
  }
}

TEST(PatternText, SaysWhatIsLookedForAndWhatConfirmsIt) {
  const auto catalogue = PatternCatalogue::BuiltIn();
  const std::string text = PatternText(*catalogue->Find("SESSION_NOT_FOUND"));
  EXPECT_THAT(text, HasSubstr("LOG_PATTERN_SESSION_NOT_FOUND"));
  EXPECT_THAT(text, HasSubstr("about the session it names: SESSION_FILE_MISSING"));
  EXPECT_EQ(PatternsJson(*catalogue)["patterns"].size(), catalogue->patterns().size());
  for (const LogPattern& pattern : catalogue->patterns())
    EXPECT_THAT(PatternsText(*catalogue), HasSubstr(pattern.code()));
}

// ---- tasks

TEST(TaskList, ShowsAgentsWhatTheLogSaysAndWhichAreStuck) {
  const TempDir home;
  const TempDir temporary;
  StoreWriter store = StoreWriter::Program(home.path());
  const std::string parent = store.AddConversation("Main");
  const std::string done = store.AddAgent(parent, "Audit");
  const std::string stuck = store.AddAgent(parent, "Tests");
  nlohmann::json record = nlohmann::json::parse(store.Read(store.RecordPath(stuck)));
  record["status"] = "running";
  store.Write(store.RecordPath(stuck), record.dump());
  temporary.Write("dgmo-debug/task-debug.log",
                  "[2025-07-08T09:15:04.848Z] Task executed - Session: " + parent + ", Description: Audit\nnoise\n");
  CheckSettings settings;
  settings.temporary_folder = temporary.path();
  const TaskReport report = ReadTasks(ModelOf(home.path()), settings, store.now_ms() + 3'600'000);
  ASSERT_EQ(report.tasks.size(), 2U);
  EXPECT_EQ(report.tasks[0].id, stuck);
  EXPECT_TRUE(report.tasks[0].stuck);
  EXPECT_FALSE(report.tasks[0].recent);
  EXPECT_FALSE(report.tasks[1].stuck);
  ASSERT_EQ(report.executions.size(), 1U);
  EXPECT_EQ(report.executions[0].session, parent);
  EXPECT_EQ(report.latest_session, stuck);
  ASSERT_EQ(report.storages.size(), 1U);
  EXPECT_TRUE(report.storages[0].exists);
  EXPECT_EQ(report.storages[0].owner, geteuid());
  EXPECT_THAT(TaskText(report, 30), HasSubstr("2 tasks, 0 changed in the last 30 min, 1 stuck"));
  EXPECT_EQ(TaskJson(report)["tasks"].size(), 2U);
  const TaskReport soon = ReadTasks(ModelOf(home.path()), settings, store.now_ms() + 60'000);
  EXPECT_TRUE(soon.tasks[0].recent);
  EXPECT_FALSE(soon.tasks[0].stuck) << "it may still be at work";
}

}  // namespace
}  // namespace fleet::agent
