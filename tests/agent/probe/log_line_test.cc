#include "agent/probe/log_line.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

constexpr std::int64_t kTime = 1'751'966'104'000;  // 2025-07-08T09:15:04Z

TEST(LogLine, ReadsTheServersLines) {
  const LogLine line = ParseLogLine("ERROR 2025-07-08T09:15:04 +3ms service=session error=a b stream error");
  EXPECT_EQ(line.level, LogLevel::kError);
  EXPECT_EQ(line.time_ms, kTime);
  EXPECT_EQ(line.rest, "service=session error=a b stream error");
  EXPECT_EQ(ParseLogLine("INFO  2025-07-08T09:15:04 +108ms x").level, LogLevel::kInfo);
  EXPECT_EQ(ParseLogLine("WARN  2025-07-08T09:15:04 +1ms x").level, LogLevel::kWarn);
}

TEST(LogLine, ReadsTheInterfacesLinesInTheirZone) {
  const LogLine line = ParseLogLine("time=2025-07-08T17:15:04.120+08:00 level=ERROR msg=\"a\" error=\"b\"");
  EXPECT_EQ(line.level, LogLevel::kError);
  EXPECT_EQ(line.time_ms, kTime + 120);
  EXPECT_EQ(line.rest, "msg=\"a\" error=\"b\"");
  EXPECT_EQ(ParseLogLine("time=2025-07-08T03:45:04-05:30 level=INFO").time_ms, kTime);
}

TEST(LogLine, ReadsWhatBeginsWithATimeOrALevel) {
  for (const char* text :
       {"2025-07-08T09:15:04Z ERROR x", "[2025-07-08 09:15:04] [ERROR] x", "[ERROR] 2025-07-08T09:15:04.000Z x",
        "ERROR [2025-07-08T09:15:04] x", "2025-07-08 11:15:04+0200 ERROR: x", "2025-07-08 09:15:04,000 ERROR x"}) {
    const LogLine line = ParseLogLine(text);
    EXPECT_EQ(line.time_ms, kTime) << text;
    EXPECT_EQ(line.level, LogLevel::kError) << text;
    EXPECT_EQ(line.rest, "x") << text;
  }
}

TEST(LogLine, AnythingElseIsAContinuation) {
  for (const char* text :
       {"", "    at Session.get (session.ts:12)", "ERRORS 2025-07-08T09:15:04", "2025-07-08", "2025-13-08T09:15:04 x",
        "2025-02-30T09:15:04 x", "2025-07-08T25:15:04 x", "time=", "time=x", "at 2025-07-08T09:15:04"}) {
    EXPECT_EQ(ParseLogLine(text).time_ms, std::nullopt) << text;
  }
}

TEST(LogLine, TellsTheStartFromTheFilesName) {
  EXPECT_EQ(StartFromName("2025-07-08T091504.log"), kTime);
  EXPECT_EQ(StartFromName("2025-07-08T091504.log.1"), std::nullopt);
  EXPECT_EQ(StartFromName("tui.log"), std::nullopt);
  EXPECT_EQ(StartFromName("2025-07-08T996060.log"), std::nullopt);
}

TEST(LogLine, ReadsExecutedTasks) {
  const auto task = ParseExecutedTask(
      "[2025-07-08T09:15:04.848Z] Task executed - Session: ses_816aecd9affetzTJbgUmNbzSey, Description: Audit, then x");
  ASSERT_TRUE(task.has_value());
  EXPECT_EQ(task->time_ms, kTime + 848);
  EXPECT_EQ(task->session, "ses_816aecd9affetzTJbgUmNbzSey");
  EXPECT_EQ(task->description, "Audit, then x");
  EXPECT_EQ(ParseExecutedTask("[2025-07-08T09:15:04.848Z] Task started"), std::nullopt);
  EXPECT_EQ(ParseExecutedTask("Task executed - Session: x, Description: y"), std::nullopt);
}

}  // namespace
}  // namespace fleet::agent
