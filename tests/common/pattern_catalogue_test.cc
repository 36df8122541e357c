#include "common/pattern_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "common/pattern_matcher.h"
#include "common/rule_catalogue.h"
#include "common/rules/log_rules.h"
#include "common/status.h"

namespace fleet {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const PatternMatcher& Matcher() {
  static const auto kMatcher = PatternMatcher::Make(PatternCatalogue::BuiltIn());
  return **kMatcher;
}

std::set<std::string> NamesIn(const std::string& line, const PatternMatcher& matcher = Matcher()) {
  std::set<std::string> names;
  matcher.Match(
      line, [&](std::size_t pattern, std::string_view) { names.insert(matcher.catalogue().patterns()[pattern].name); });
  // The one pass over a text finds the same lines as the look at each.
  const std::string text = "a line before\n" + line + "\na line behind\n";
  EXPECT_EQ(matcher.Find(text, 0) != std::string::npos, !names.empty()) << line;
  return names;
}

struct Case {
  const char* pattern;
  std::vector<const char*> matches;
  std::vector<const char*> others;
};

// The message as the guide or the program prints it, as other engines do, and lines that are near but are not it.
const Case kCases[] = {
    {"SESSION_NOT_FOUND",
     {"Session not found: ses_816aecd9affetzTJbgUmNbzSey", "SESSION NOT FOUND", "error=Session not found stream error"},
     {"session found: ses_816aecd9affetzTJbgUmNbzSey", "service=session not yet found", "the session was not found"}},
    {"UNDEFINED_ID",
     {"Cannot read property 'id' of undefined", "TypeError: Cannot read properties of undefined (reading 'id')",
      "Cannot read properties of null (reading 'id')", "undefined is not an object (evaluating 'session.id')",
      "null is not an object (evaluating 'msg.metadata.id')"},
     {"Cannot read property 'idle' of undefined", "Cannot read properties of undefined (reading 'ids')",
      "undefined is not an object (evaluating 'session.idx')", "undefined is not an object (evaluating 'a' + 'b.id')"}},
    {"JSON_PARSE",
     {"JSON.parse error at position 0", "JSON Parse error: Unexpected EOF", "Failed to parse JSON",
      "SyntaxError: Unexpected end of JSON input", "Unexpected token < in JSON at position 0",
      "Unexpected token '', \"\" is not valid JSON", "invalid character 'x' looking for beginning of value",
      "ConfigJsonError"},
     {"JSON.parse took 3 ms", "parsed json at position 3", "unexpected token in expression", "is valid JSON"}},
    {"PERM_SESSIONS",
     {"Permission denied: /home/mira/.local/share/dgmo/project/p/storage/session/",
      "open: permission denied /home/mira/sessions/x", "Permission denied: /x/session/info"},
     {"Permission denied: /etc/shadow", "permission to /home/mira/sessions/ was granted"}},
    {"QDRANT_REFUSED",
     {"Connection refused: localhost:6333", "connect ECONNREFUSED 127.0.0.1:6333", "ECONNREFUSED [::1]:6333",
      "connect ECONNREFUSED ::1:6333", "dial tcp: connection refused (http://localhost:6333)"},
     {"Connection refused: localhost:6334", "connected to localhost:6333", "connection refused: localhost:5432"}},
    {"QDRANT_NO_COLLECTION",
     {"Collection not found: AgentMemories", "Not found: Collection `AgentMemories` doesn't exist!"},
     {"Collection AgentMemories found", "doesn't exist: collection"}},
    {"VECTOR_DIM",
     {"Vector dimension mismatch", "Wrong input: Vector dimension error: expected dim: 384, got 768",
      "Vector inserting error: expected dim: 384, got 1536"},
     {"vector dimension is 384", "expected dim: 384, got 384"}},
    {"VECTOR_NAME",
     {"Not existing vector name: fast-all-minilm-l6-v2",
      "Wrong input: Not existing vector name error: fast-all-minilm-l6-v2"},
     {"existing vector name: fast", "not existing vector"}},
    {"ENOENT",
     {"ENOENT: no such file or directory, open '/home/mira/x.json'", "error=ENOENT: no such file or directory"},
     {"ENOENT", "no such file or directory", "ENOTDIR: not a directory"}},
    {"ENOSPC",
     {"ENOSPC: no space left on device, write", "write /x: no space left on device",
      "ENOSPC: System limit for number of file watchers reached", "EDQUOT: write", "Disk quota exceeded"},
     {"space left on device: 3 GB", "quota not exceeded"}},
    {"EMFILE", {"EMFILE: too many open files", "ENFILE", "accept: too many open files"}, {"too many files open?"}},
    {"EACCES",
     {"EACCES: permission denied, open '/x'", "EPERM: operation not permitted, unlink '/x'", "permission denied"},
     {"EPERM", "permission was not denied", "operation not permitted"}},
    {"NO_SUBSESSIONS",
     {"No sub-sessions found for parent ses_816aecd9affetzTJbgUmNbzSey", "no sub-sessions found"},
     {"3 sub-sessions found", "no subsessions found"}},
    {"INDEX_CORRUPT", {"Sub-session index corrupted", "subsession index corrupt"}, {"sub-session index rebuilt"}},
    {"TASK_FAILED",
     {"Task tool execution failed", "[TASK] agent failed", "[task] could not start: error 3"},
     {"task failed", "INFO service=task-events-server Task failed", "TASK: failed"}},
    {"AGENT_TIMEOUT",
     {"Agent creation timeout", "sub-agent 3 timed out", "subagent timeout"},
     {"agent created in time", "agent timed out"}},
    {"CANNOT_SEE_IMAGES",
     {"I cannot see images.", "I can't view images", "I am unable to see images", "cannot view image"},
     {"I see images", "cannot see the point"}},
    {"CONFIG_BAD_JSON",
     {"Config file at /home/mira/p/dgmo.json is not valid JSON"},
     {"Config file at /x is valid JSON"}},
    {"CONFIG_BAD_SCHEMA",
     {"Config file at /home/mira/p/dgmo.json is invalid", "ConfigInvalidError", "Unrecognized key(s) in object: 'x'"},
     {"Config file at /x was read", "Unrecognized key pressed"}},
    {"MCP_FAILED",
     {"MCP server \"qdrant\" failed to start", "MCP server qdrant failed"},
     {"MCP server qdrant started", "server qdrant failed"}},
    {"SESSION_BUSY", {"Session ses_816aecd9affetzTJbgUmNbzSey is busy"}, {"Session is busy"}},
    {"READ_SESSION",
     {"Failed to read session ses_816aecd9affetzTJbgUmNbzSey: SyntaxError"},
     {"Failed to read session", "Read session ses_816aecd9affetzTJbgUmNbzSey:"}},
    {"WS_PORT", {"EADDRINUSE: address already in use 0.0.0.0:5747"}, {"EADDRINUSE: address already in use :4096"}},
    {"CRASH",
     {"ERROR 2025-07-08T09:15:04 +3ms service=default name=Error fatal",
      "ERROR 2025-07-08T09:15:04 +3ms service=default exception", "ERROR 2025-07-08T09:15:04 +3ms rejection"},
     {"ERROR 2025-07-08T09:15:04 +3ms service=session stream error", "INFO  2025-07-08T09:15:04 +3ms fatal",
      "ERROR 2025-07-08T09:15:04 +3ms fatal mistake", "ERROR 2025-07-08T09:15:04 +3ms nonfatal", "an ERROR is fatal"}},
    {"TUI_APPINFO", {"level=ERROR msg=\"Failed to unmarshal app info\""}, {"Failed to unmarshal config"}},
    {"METADATA_FORMAT", {"Expected dictionary but got string"}, {"Expected string but got dictionary"}},
    {"OOM",
     {"Out of memory: Killed process 4711 (dgmo) total-vm:1kB", "Out of memory: Killed process 1 (qdrant)"},
     {"Out of memory: Killed process 4711 (chrome)", "Killed process 4711 (dgmo)"}},
};

TEST(Patterns, EachMatchesItsMessagesAndNothingNearThem) {
  std::set<std::string> tested;
  for (const Case& one : kCases) {
    tested.insert(one.pattern);
    for (const char* line : one.matches) EXPECT_THAT(NamesIn(line), Contains(one.pattern)) << line;
    for (const char* line : one.others) EXPECT_THAT(NamesIn(line), Not(Contains(one.pattern))) << line;
  }
  std::set<std::string> all;
  for (const LogPattern& pattern : PatternCatalogue::BuiltIn()->patterns()) all.insert(pattern.name);
  EXPECT_EQ(tested, all);
}

TEST(Patterns, OrdinaryLinesMatchNone) {
  for (const char* line : {"INFO  2025-07-08T09:15:02 +108ms service=default version=0.2.3 args= dgmo",
                           "INFO  2025-07-08T09:15:02 +1ms service=app cwd=/home/mira/src creating",
                           "ERROR 2025-07-08T09:15:02 +7ms service=format command=prettier,--write,$FILE failed",
                           "ERROR 2025-07-08T09:15:02 +3ms service=session error=AI_APICallError: Overloaded callback "
                           "error",
                           "time=2025-07-08T17:15:04.120+08:00 level=INFO msg=\"TUI launched\"",
                           "[2025-07-08T09:15:02.848Z] Task executed - Session: ses_816aecd9affetzTJbgUmNbzSey, "
                           "Description: Audit error paths",
                           ""}) {
    EXPECT_THAT(NamesIn(line), ::testing::IsEmpty()) << line;
  }
}

TEST(Patterns, LookThroughBytesThatAreNoText) {
  const std::string bytes("\xFF\xFE\0\x80", 4);
  EXPECT_THAT(NamesIn("[TASK]" + bytes + "failed" + bytes), Contains("TASK_FAILED"));
}

TEST(Patterns, NeverReachIntoTheNextLine) {
  const std::string text =
      "permission denied:\n/home/mira/sessions/\nundefined is not an object (evaluating '\nx.id')\n";
  EXPECT_EQ(Matcher().Find(text, 0), 0U) << "the first line alone is one of EACCES";
  EXPECT_EQ(Matcher().Find(text, text.find('\n') + 1), std::string::npos);
}

TEST(Patterns, FindTheLineWhereTheMatchBegins) {
  const std::string text = "INFO a\nINFO b\nENOSPC here\nERROR 2025 x fatal\n";
  const std::size_t first = Matcher().Find(text, 0);
  EXPECT_EQ(first, text.find("ENOSPC"));
  EXPECT_EQ(Matcher().Find(text, text.find("ERROR")), text.find("ERROR")) << "^ and $ are a line's";
}

TEST(Patterns, HaveARowInTheRuleCatalogue) {
  for (const LogPattern& pattern : PatternCatalogue::BuiltIn()->patterns()) {
    const Rule* rule = FindRule(pattern.code());
    ASSERT_NE(rule, nullptr) << pattern.name;
    EXPECT_EQ(rule->code, pattern.code());
    EXPECT_EQ(rule->number, 129);
    EXPECT_EQ(rule->severity, Severity::kP3);
    EXPECT_EQ(rule->repair, "") << "a pattern alone never triggers a repair";
  }
  EXPECT_EQ(FindRule("LOG_PATTERN_OF_SOMEBODY"), &AnyPatternRule());
  EXPECT_EQ(FindRule("LOG_PATTERN_"), nullptr);
  EXPECT_EQ(FindRule("LOG_PATTERN_lower"), nullptr);
}

// ---- extensions

nlohmann::json Extension() {
  return {{"version", 3},
          {"patterns",
           {{{"name", "LICENCE"},
             {"regex", "licence (?:has )?expired"},
             {"component", "machine"},
             {"meaning", "The licence of the formatter has run out."},
             {"action", "Renew it."},
             {"confirmed_by", {"DISK_*"}}}}}};
}

absl::StatusOr<std::shared_ptr<const PatternCatalogue>> Load(const nlohmann::json& json) {
  return PatternCatalogue::Extended(json.dump(), *PatternCatalogue::BuiltIn());
}

TEST(Patterns, AreConfirmedByCodesThatThereAre) {
  for (const LogPattern& pattern : PatternCatalogue::BuiltIn()->patterns()) {
    std::vector<std::string> codes = pattern.confirmed_by;
    codes.insert(codes.end(), pattern.confirmed_by_id.begin(), pattern.confirmed_by_id.end());
    for (const std::string& code : codes) {
      const bool known = std::any_of(AllRules().begin(), AllRules().end(),
                                     [&](const Rule& rule) { return CodeMatches(code, std::string(rule.code)); });
      EXPECT_TRUE(known) << pattern.name << " is confirmed by " << code << ", which no rule reports";
    }
  }
}

TEST(PatternExtension, AddsToTheBuiltInPatterns) {
  const auto catalogue = Load(Extension());
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  EXPECT_EQ((*catalogue)->version(), 3);
  EXPECT_EQ((*catalogue)->patterns().size(), PatternCatalogue::BuiltIn()->patterns().size() + 1);
  const auto matcher = PatternMatcher::Make(*catalogue);
  ASSERT_TRUE(matcher.ok());
  EXPECT_THAT(NamesIn("The LICENCE has expired", **matcher), Contains("LICENCE"));
  EXPECT_THAT(NamesIn("ENOSPC", **matcher), Contains("ENOSPC"));
}

TEST(PatternExtension, AnOlderOneDoesNotTakeThePlaceOfANewerOne) {
  const auto in_force = Load(Extension());
  ASSERT_TRUE(in_force.ok());
  for (const int version : {1, 2, 3}) {
    nlohmann::json other = Extension();
    other["version"] = version;
    const auto refused = PatternCatalogue::Extended(other.dump(), **in_force);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition) << version;
    EXPECT_THAT(MessageOf(refused.status()), HasSubstr("not above version 3"));
  }
  nlohmann::json newer = Extension();
  newer["version"] = 4;
  EXPECT_TRUE(PatternCatalogue::Extended(newer.dump(), **in_force).ok());
}

TEST(PatternExtension, OneBadPatternRefusesTheWholeFileByItsName) {
  struct Bad {
    const char* key;
    nlohmann::json value;
    const char* says;
  };
  const Bad bad[] = {
      {"regex", "ok|(unclosed", "missing )"},
      {"regex", "(?=ahead)", "byte 0"},
      {"regex", "(a)\\1", "byte 3"},
      {"regex", ".*", "matches every line"},
      {"regex", "", "1 to 1000 bytes"},
      {"regex", "service=", "matches every line"},
      {"regex", std::string(1'001, 'x'), "1 to 1000 bytes"},
      {"regex", "(?:" + std::string(900, 'x') + "){1000}", "too large"},
      {"regex", 7, "is to be a text"},
      {"name", "lower case", "A-Z, 0-9 and _"},
      {"name", "ENOSPC", "there is one of that name already"},
      {"component", "kernel", "no component is called"},
      {"meaning", "escape \x1b[31m", "control characters"},
      {"meaning", "", "1 to 500 bytes"},
      {"confirmed_by", {"disk-*"}, "list of codes"},
      {"confirmed_by", "DISK_*", "list of codes"},
      {"confirmd_by", {"DISK_*"}, "unknown key"},
  };
  for (const Bad& one : bad) {
    nlohmann::json json = Extension();
    nlohmann::json second = json["patterns"][0];
    second["name"] = "SECOND";
    second[one.key] = one.value;
    json["patterns"].push_back(second);
    const auto refused = Load(json);
    EXPECT_FALSE(refused.ok()) << one.key << " " << one.value;
    EXPECT_THAT(MessageOf(refused.status()), AllOf(HasSubstr("pattern 2"), HasSubstr(one.says))) << one.value;
  }
}

TEST(PatternExtension, IsRefusedWhenItIsNoCatalogue) {
  const auto says = [](const std::string& text) {
    const auto refused = PatternCatalogue::Extended(text, *PatternCatalogue::BuiltIn());
    EXPECT_FALSE(refused.ok()) << text;
    return MessageOf(refused.status());
  };
  EXPECT_THAT(says(""), HasSubstr("not JSON at byte"));
  EXPECT_THAT(says(R"({"version": 1, "patterns": [)"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(says("[]"), HasSubstr("an object"));
  EXPECT_THAT(says(R"({"patterns": []})"), HasSubstr("\"version\""));
  EXPECT_THAT(says(R"({"version": 0, "patterns": []})"), HasSubstr("\"version\""));
  EXPECT_THAT(says(R"({"version": 1})"), HasSubstr("\"patterns\""));
  EXPECT_THAT(says(R"({"version": 1, "patterns": [7]})"), HasSubstr("pattern 1"));
  EXPECT_THAT(says(std::string(PatternCatalogue::kLargestFile + 1, ' ')), HasSubstr("limit"));
  EXPECT_THAT(says(std::string(100'000, '[')), Not(HasSubstr("limit"))) << "deep nesting ends early";
  nlohmann::json many = Extension();
  for (int i = 0; i < 300; ++i) {
    nlohmann::json pattern = many["patterns"][0];
    pattern["name"] = "N" + std::to_string(i);
    many["patterns"].push_back(pattern);
  }
  EXPECT_THAT(says(many.dump()), HasSubstr("that fit"));
}

TEST(PatternExtension, OfAFileThatIsMissingSaysWhich) {
  EXPECT_THAT(MessageOf(PatternCatalogue::FromFile("/nowhere/patterns.json").status()),
              HasSubstr("/nowhere/patterns.json"));
}

TEST(CodeMatches, StarsStandForAnyCharacters) {
  EXPECT_TRUE(CodeMatches("*_JSON_EMPTY", "SESSION_JSON_EMPTY"));
  EXPECT_TRUE(CodeMatches("PERM_*", "PERM_DIR_ACCESS"));
  EXPECT_TRUE(CodeMatches("TMP_LITTER", "TMP_LITTER"));
  EXPECT_FALSE(CodeMatches("PERM_*", "STORAGE_PERM_X"));
  EXPECT_FALSE(CodeMatches("TMP", "TMP_LITTER"));
}

}  // namespace
}  // namespace fleet
