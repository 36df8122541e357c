// What logs say, and what it takes to believe them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rule_catalogue.h"
#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kHourMs = 3'600'000;

LogFacts::Hits Seen(const std::string& pattern, std::set<std::string> ids = {}, std::int64_t last_ms = kNowMs - 1'000) {
  return {.pattern = pattern,
          .path = "/home/mira/.local/share/dgmo/log/a.log",
          .count = 3,
          .first_ms = last_ms - 500,
          .last_ms = last_ms,
          .line = 42,
          .ids = std::move(ids)};
}

HomeModel HomeWith(std::vector<LogFacts::Hits> hits) {
  HomeModel home = HomeOf({StoreBuilder().Family()});
  home.logs.emplace();
  home.logs->hits = std::move(hits);
  return home;
}

Finding OfMachine(const std::string& code, Severity severity) {
  Finding finding;
  finding.code = code;
  finding.severity = severity;
  finding.root = "/";
  return finding;
}

const Finding* Find(const std::vector<Finding>& findings, const std::string& code) {
  for (const Finding& finding : findings) {
    if (finding.code == code) return &finding;
  }
  return nullptr;
}

TEST(LogPatterns, UnconfirmedOnesOnlyTell) {
  const std::vector<Finding> findings = CheckHome(HomeWith({Seen("ENOSPC")}), kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("LOG_PATTERN_ENOSPC"));
  const Finding& finding = findings[0];
  EXPECT_EQ(finding.severity, Severity::kP3);
  EXPECT_EQ(finding.component, "machine");
  EXPECT_EQ(finding.root, "/home/mira");
  EXPECT_EQ(finding.path, "/home/mira/.local/share/dgmo/log/a.log");
  EXPECT_EQ(finding.repair, "");
  EXPECT_FALSE(finding.auto_repair);
  EXPECT_EQ(std::get<std::string>(finding.evidence.at("pattern")), "ENOSPC");
  EXPECT_EQ(std::get<std::int64_t>(finding.evidence.at("count")), 3);
  EXPECT_EQ(std::get<std::int64_t>(finding.evidence.at("line")), 42);
  EXPECT_EQ(std::get<std::int64_t>(finding.evidence.at("last_ms")), kNowMs - 1'000);
  EXPECT_EQ(finding.evidence.count("confirmed_by"), 0U);
}

TEST(LogPatterns, OldOnesAreNoFinding) {
  EXPECT_THAT(CheckHome(HomeWith({Seen("ENOSPC", {}, kNowMs - 25 * kHourMs)}), kNowMs), IsEmpty());
}

TEST(LogPatterns, LogsThatWereNotLookedAtSayNothing) {
  EXPECT_THAT(CheckHome(HomeOf({StoreBuilder().Family()}), kNowMs), IsEmpty());
}

TEST(LogPatterns, OneFindingStandsForAllFiles) {
  LogFacts::Hits other = Seen("ENOSPC", {}, kNowMs - 10);
  other.path = "/home/mira/b.log";
  const std::vector<Finding> findings = CheckHome(HomeWith({Seen("ENOSPC"), other}), kNowMs);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].paths, ElementsAre("/home/mira/b.log", "/home/mira/.local/share/dgmo/log/a.log"));
  EXPECT_EQ(std::get<std::int64_t>(findings[0].evidence.at("count")), 6);
  const std::string fingerprint = CheckHome(HomeWith({Seen("ENOSPC")}), kNowMs)[0].fingerprint;
  EXPECT_EQ(findings[0].fingerprint, fingerprint) << "the same fault, wherever it is seen";
}

struct ConfirmCase {
  const char* pattern;
  std::set<std::string> ids;
  const char* code;  // of the machine's finding
  Severity severity;
  bool confirmed;
};

// The findings here are about nothing in particular: what confirms by id does so only where the line names none.
const ConfirmCase kConfirmCases[] = {
    {"SESSION_NOT_FOUND", {}, "SESSION_FILE_MISSING", Severity::kP1, true},
    {"SESSION_NOT_FOUND", {Ses(9)}, "SESSION_FILE_MISSING", Severity::kP1, false},
    {"SESSION_NOT_FOUND", {Ses(9)}, "LAYOUT_SPLIT", Severity::kP2, true},
    {"SESSION_NOT_FOUND", {Ses(9)}, "TMP_LITTER", Severity::kP1, true},
    {"SESSION_NOT_FOUND", {}, "QDRANT_DOWN", Severity::kP1, false},
    {"UNDEFINED_ID", {}, "SESSION_SHAPE_INVALID", Severity::kP1, true},
    {"UNDEFINED_ID", {}, "MESSAGE_SHAPE_INVALID", Severity::kP1, false},
    {"JSON_PARSE", {}, "MESSAGE_JSON_TRUNCATED", Severity::kP1, true},
    {"JSON_PARSE", {}, "CONFIG_JSONC_COMMENTS", Severity::kP1, true},
    {"JSON_PARSE", {}, "MESSAGE_OVERSIZE", Severity::kP3, false},
    {"PERM_SESSIONS", {}, "PERM_OWNER_MISMATCH", Severity::kP0, true},
    {"QDRANT_REFUSED", {}, "QDRANT_DOWN", Severity::kP1, true},
    {"QDRANT_REFUSED", {}, "DNS_LOCALHOST", Severity::kP2, true},
    {"QDRANT_REFUSED", {}, "QDRANT_SLOW", Severity::kP2, false},
    {"QDRANT_NO_COLLECTION", {}, "QDRANT_COLLECTION_MISSING", Severity::kP1, true},
    {"VECTOR_DIM", {}, "QDRANT_VECTOR_SIZE_MISMATCH", Severity::kP1, true},
    {"VECTOR_NAME", {}, "QDRANT_VECTOR_UNNAMED", Severity::kP1, true},
    {"VECTOR_NAME", {}, "CONFIG_MCP_QDRANT_MISMATCH", Severity::kP2, true},
    {"ENOENT", {}, "STORAGE_SUBDIR_MISSING", Severity::kP2, true},
    {"ENOENT", {}, "PERM_DIR_ACCESS", Severity::kP1, false},
    {"ENOSPC", {}, "DISK_SPACE_LOW", Severity::kP2, true},
    {"ENOSPC", {}, "INODE_CRITICAL", Severity::kP1, true},
    {"EMFILE", {}, "FD_LIMIT_NEAR", Severity::kP2, true},
    {"EACCES", {}, "STORAGE_READONLY_FS", Severity::kP1, true},
    {"NO_SUBSESSIONS", {}, "INDEX_MISSING_ENTRY", Severity::kP2, true},
    {"NO_SUBSESSIONS", {Ses(9)}, "INDEX_MISSING_ENTRY", Severity::kP2, false},
    {"INDEX_CORRUPT", {}, "INDEX_JSON_EMPTY", Severity::kP2, true},
    {"TASK_FAILED", {}, "SUBSESSION_STALE_RUNNING", Severity::kP3, true},
    {"TASK_FAILED", {}, "DGMO_NOT_INSTALLED", Severity::kP1, true},
    {"AGENT_TIMEOUT", {}, "MEM_PRESSURE", Severity::kP2, true},
    {"CONFIG_BAD_JSON", {}, "CONFIG_JSON_INVALID", Severity::kP1, true},
    {"CONFIG_BAD_SCHEMA", {}, "CONFIG_SCHEMA_INVALID", Severity::kP1, true},
    {"MCP_FAILED", {}, "MCP_UNREACHABLE", Severity::kP2, true},
    {"READ_SESSION", {}, "SESSION_JSON_NUL", Severity::kP1, true},
    {"WS_PORT", {}, "PORT_CONFLICT", Severity::kP3, true},
    {"CRASH", {}, "DGMO_CRASH_LOOP", Severity::kP1, true},
    {"OOM", {}, "MEM_PRESSURE", Severity::kP2, true},
    {"SESSION_BUSY", {}, "SESSION_FILE_MISSING", Severity::kP1, false},
    {"ENOSPC", {}, "LOG_PATTERN_ENOSPC", Severity::kP1, false},
};

TEST(LogPatterns, TakeTheSeverityOfWhatConfirmsThem) {
  for (const ConfirmCase& one : kConfirmCases) {
    const std::vector<Finding> machine = {OfMachine(one.code, one.severity)};
    const auto findings = CheckHome(HomeWith({Seen(one.pattern, one.ids)}), kNowMs, {}, machine);
    const Finding* finding = Find(findings, std::string("LOG_PATTERN_") + one.pattern);
    ASSERT_NE(finding, nullptr) << one.pattern;
    EXPECT_EQ(finding->severity, one.confirmed ? one.severity : Severity::kP3) << one.pattern << " " << one.code;
    EXPECT_EQ(finding->evidence.count("confirmed_by"), one.confirmed ? 1U : 0U) << one.pattern << " " << one.code;
    EXPECT_EQ(finding->repair, "") << "a pattern alone never triggers a repair";
  }
}

TEST(LogPatterns, AreConfirmedByFindingsAboutTheSessionTheyName) {
  HomeModel home = HomeWith({Seen("SESSION_NOT_FOUND", {Ses(2)})});
  home.roots[0].sessions.erase(Ses(2));  // its record and messages are left
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  const Finding* finding = Find(findings, "LOG_PATTERN_SESSION_NOT_FOUND");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->subject_id, Ses(2));
  EXPECT_EQ(std::get<std::string>(finding->evidence.at("ids")), Ses(2));
  EXPECT_EQ(finding->severity, Severity::kP1);
  EXPECT_EQ(std::get<std::string>(finding->evidence.at("confirmed_by")), "SESSION_FILE_MISSING");

  HomeModel main = HomeOf({StoreBuilder().Session(Ses(1)).Messages(Ses(7))});
  main.logs.emplace();
  main.logs->hits = {Seen("SESSION_NOT_FOUND", {Ses(7)})};
  const std::vector<Finding> of_main = CheckHome(main, kNowMs);
  EXPECT_EQ(Find(of_main, "LOG_PATTERN_SESSION_NOT_FOUND")->severity, Severity::kP1);
  EXPECT_EQ(std::get<std::string>(Find(of_main, "LOG_PATTERN_SESSION_NOT_FOUND")->evidence.at("confirmed_by")),
            "SESSION_FILE_MISSING");
}

TEST(LogPatterns, TheWorstOfSeveralCounts) {
  const std::vector<Finding> machine = {OfMachine("DISK_SPACE_LOW", Severity::kP2),
                                        OfMachine("INODE_CRITICAL", Severity::kP1)};
  const auto findings = CheckHome(HomeWith({Seen("ENOSPC")}), kNowMs, {}, machine);
  EXPECT_EQ(findings.at(0).severity, Severity::kP1);
  EXPECT_EQ(std::get<std::string>(findings[0].evidence.at("confirmed_by")), "DISK_SPACE_LOW,INODE_CRITICAL");
}

TEST(LogPatterns, EveryConfirmingCodeWithoutAStarIsShapedLikeACode) {
  for (const LogPattern& pattern : PatternCatalogue::BuiltIn()->patterns()) {
    for (const auto* codes : {&pattern.confirmed_by, &pattern.confirmed_by_id}) {
      for (const std::string& code : *codes) {
        EXPECT_EQ(code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_*"), std::string::npos) << code;
      }
    }
  }
}

TEST(LogPatterns, OfAnExtensionFireByItsRow) {
  const auto catalogue = PatternCatalogue::Extended(
      R"({"version": 1, "patterns": [{"name": "LICENCE", "regex": "licence expired", "component": "config",
          "meaning": "It has run out.", "action": "Renew it.", "confirmed_by": ["DISK_*"]}]})",
      *PatternCatalogue::BuiltIn());
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  CheckSettings settings;
  settings.patterns = *catalogue;
  const std::vector<Finding> machine = {OfMachine("DISK_SPACE_LOW", Severity::kP2)};
  const auto findings = CheckHome(HomeWith({Seen("LICENCE")}), kNowMs, settings, machine);
  ASSERT_THAT(Names(findings), ElementsAre("LOG_PATTERN_LICENCE"));
  EXPECT_EQ(findings[0].component, "config");
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_THAT(CheckHome(HomeWith({Seen("LICENCE")}), kNowMs), IsEmpty()) << "no longer in force";
}

// ---- crash loops and sizes

LogFacts::File Start(std::int64_t minutes, bool crashed, const std::string& app = "dgmo") {
  const std::int64_t started = kNowMs - kHourMs + minutes * 60'000;
  return {.path = "/home/mira/.local/share/" + app + "/log/" + std::to_string(minutes) + ".log",
          .kind = LogKind::kServer,
          .size = 10,
          .started_ms = started,
          .crashed = crashed,
          .crashed_ms = crashed ? started + 1'000 : 0};
}

std::vector<std::string> CodesOf(std::vector<LogFacts::File> files) {
  HomeModel home = HomeWith({});
  home.logs->files = std::move(files);
  return Names(CheckHome(home, kNowMs));
}

TEST(CrashLoop, ThreeStartsWithinFiveMinutesThatAllEndInAnError) {
  const std::vector<std::string> loop = {"DGMO_CRASH_LOOP"};
  EXPECT_EQ(CodesOf({Start(0, true), Start(1, true), Start(2, true)}), loop);
  EXPECT_EQ(CodesOf({Start(5, true), Start(0, true), Start(2, true)}), loop)
      << "in any order, and five are within five";
  EXPECT_THAT(CodesOf({Start(0, true), Start(1, true)}), IsEmpty()) << "two are no loop";
  EXPECT_THAT(CodesOf({Start(0, true), Start(3, true), Start(6, true)}), IsEmpty()) << "too far apart";
  EXPECT_THAT(CodesOf({Start(0, true), Start(1, false), Start(2, true), Start(3, true)}), IsEmpty());
  EXPECT_THAT(CodesOf({Start(0, true), Start(1, true, "opencode"), Start(2, true)}), IsEmpty()) << "two programs";
}

TEST(CrashLoop, IsOverWhenALaterStartDidNotCrash) {
  EXPECT_THAT(CodesOf({Start(0, true), Start(1, true), Start(2, true), Start(30, false)}), IsEmpty());
  EXPECT_EQ(CodesOf({Start(0, true), Start(1, true), Start(2, true), Start(30, true)}).size(), 1U);
}

TEST(CrashLoop, NamesTheLastLogFirst) {
  HomeModel home = HomeWith({Seen("CRASH")});
  home.logs->files = {Start(0, true), Start(1, true), Start(2, true)};
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  const Finding* loop = Find(findings, "DGMO_CRASH_LOOP");
  ASSERT_NE(loop, nullptr);
  EXPECT_EQ(loop->severity, Severity::kP1);
  EXPECT_EQ(loop->path, "/home/mira/.local/share/dgmo/log/2.log");
  EXPECT_EQ(std::get<std::int64_t>(loop->evidence.at("starts")), 3);
  EXPECT_EQ(Find(findings, "LOG_PATTERN_CRASH")->severity, Severity::kP1) << "the loop confirms the pattern";
}

TEST(LogOversize, DependsOnWhoWritesTheLog) {
  const auto file = [](LogKind kind, std::int64_t mib, std::int64_t more) {
    return LogFacts::File{.path = "/x.log", .kind = kind, .size = (mib << 20) + more};
  };
  EXPECT_THAT(CodesOf({file(LogKind::kGuide, 10, 1)}), ElementsAre("LOG_OVERSIZE"));
  EXPECT_THAT(CodesOf({file(LogKind::kGuide, 10, 0)}), IsEmpty());
  EXPECT_THAT(CodesOf({file(LogKind::kServer, 100, 1)}), ElementsAre("LOG_OVERSIZE"));
  EXPECT_THAT(CodesOf({file(LogKind::kInterface, 100, 0), file(LogKind::kTasks, 50, 0)}), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
