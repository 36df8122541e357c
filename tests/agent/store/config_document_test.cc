#include "agent/store/config_document.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "pointer: expectation" of each violation.
std::vector<std::string> Violations(const std::string& text, ConfigDialect dialect = ConfigDialect::kDgmo) {
  std::vector<std::string> lines;
  for (const SchemaViolation& violation : ViolationsOf(nlohmann::json::parse(text), dialect)) {
    lines.push_back(violation.pointer + ": " + violation.expected);
  }
  return lines;
}

ConfigDocument Read(const std::string& bytes) {
  nlohmann::json value;
  return ReadConfigDocument(bytes, ConfigDialect::kDgmo, value);
}

// The catalogue's examples that dgmo takes.
TEST(ConfigSchema, TakesWhatDgmoTakes) {
  for (
      const char* text : {
          R"({})",
          R"({"agentMode":"all-tools","experimental":{"mcp":true}})",
          R"({"$schema":"https://dgmo.ai/config.json","theme":"dgmo","model":"anthropic/claude-sonnet-4","autoupdate":false})",
          R"({"mcp":{"qdrant":{"type":"local","command":["uvx","mcp-server-qdrant"],"environment":{"QDRANT_URL":"http://localhost:6333"},"enabled":true},"docs":{"type":"remote","url":"http://127.0.0.1:3000/sse","enabled":false}}})",
          R"({"agentMode":"read-only","disabled_providers":["openai"],"performance":{"enabled":true,"maxMetrics":500}})",
          R"({"experimental":{"hook":{"file_edited":{".ts":[{"command":["npx","prettier","--write"]}]},"session_completed":[{"command":["notify-send","done"],"environment":{"DISPLAY":":0"}}]}}})",
          R"({"provider":{"mock":{"npm":"@ai-sdk/openai-compatible","options":{"apiKey":"none"},"models":{"canned-1":{"limit":{"context":1}}}}}})",
          R"({"performance":{"later":1},"experimental":{"anything":[]}})",
          R"({"dgm":{"enabled":false,"pythonPath":"/usr/bin/python3","more":1},"prompting":{"ui":{}},"retry":{"maxRetries":3,"jitterFactor":0.5}})",
          R"({"keybinds":{"leader":"ctrl+x","messages_half_page_up":"ctrl+u"},"autoshare":true})",
      }) {
    EXPECT_THAT(Violations(text), IsEmpty()) << text;
  }
}

TEST(ConfigSchema, IsClosedWhereDgmosIs) {
  EXPECT_THAT(Violations(R"({"name":"dgmstt","version":"1.0.0","agentMode":"all-tools"})"),
              ElementsAre("/name: no such key", "/version: no such key"));
  EXPECT_THAT(Violations(R"({"keybinds":{"fly":"ctrl+f"}})"), ElementsAre("/keybinds/fly: no such key"));
  EXPECT_THAT(Violations(R"({"mcp":{"a/b":{"type":"remote","url":"x","headers":{}}}})"),
              ElementsAre("/mcp/a~1b/headers: no such key"));
  EXPECT_THAT(Violations(R"({"mcp":{"m":{"type":"local","command":["x"],"env":{}}}})"),
              ElementsAre("/mcp/m/env: no such key"));
}

TEST(ConfigSchema, KnowsTypesAndChoices) {
  EXPECT_THAT(Violations(R"({"theme":1})"), ElementsAre("/theme: a text"));
  EXPECT_THAT(Violations(R"({"theme":null})"), ElementsAre("/theme: a text"));
  EXPECT_THAT(Violations(R"({"autoupdate":"yes"})"), ElementsAre("/autoupdate: true or false"));
  EXPECT_THAT(Violations(R"({"agentMode":"everything"})"), ElementsAre("/agentMode: one of: read-only, all-tools"));
  EXPECT_THAT(Violations(R"({"disabled_providers":["a",1]})"), ElementsAre("/disabled_providers/1: a text"));
  EXPECT_THAT(Violations(R"({"disabled_providers":"a"})"), ElementsAre("/disabled_providers: a list"));
  EXPECT_THAT(Violations(R"({"retry":{"jitterFactor":1.5}})"),
              ElementsAre("/retry/jitterFactor: a number from 0 to 1"));
  EXPECT_THAT(Violations(R"({"provider":{"a":{}}})"), ElementsAre("/provider/a/models: this key, which is missing"));
  EXPECT_THAT(Violations(R"({"performance":{"maxMetrics":"many"}})"), ElementsAre("/performance/maxMetrics: a number"));
  EXPECT_THAT(Violations(R"({"experimental":{"hook":{"session_completed":[{}]}}})"),
              ElementsAre("/experimental/hook/session_completed/0/command: this key, which is missing"));
  EXPECT_THAT(Violations("[]"), ElementsAre(": an object"));
}

TEST(ConfigSchema, KnowsBothKindsOfServer) {
  EXPECT_THAT(Violations(R"({"mcp":{"m":{"command":["x"]}}})"), ElementsAre("/mcp/m/type: one of: local, remote"));
  EXPECT_THAT(Violations(R"({"mcp":{"m":{"type":"local","command":"uvx"}}})"), ElementsAre("/mcp/m/command: a list"));
  EXPECT_THAT(Violations(R"({"mcp":{"m":{"type":"local","command":[],"environment":{"N":1}}}})"),
              ElementsAre("/mcp/m/environment/N: a text"));
  EXPECT_THAT(Violations(R"({"mcp":{"m":{"type":"remote"}}})"), ElementsAre("/mcp/m/url: this key, which is missing"));
  EXPECT_THAT(Violations(R"({"mcp":[]})"), ElementsAre("/mcp: an object"));
}

TEST(ConfigSchema, KeysOfTheOriginalProductAreFineInItsFiles) {
  const char* text =
      R"({"share":"manual","permission":{},"keybinds":{"later":"x"},"mcp":{"m":{"type":"remote","url":"u",
      "headers":{}}}})";
  EXPECT_THAT(Violations(text, ConfigDialect::kOpencode), IsEmpty());
  EXPECT_EQ(Violations(text).size(), 4U);
  EXPECT_THAT(Violations(R"({"name":"dgmstt"})", ConfigDialect::kOpencode), ElementsAre("/name: no such key"));
}

TEST(ConfigDocument, SaysWhatIsWrongWithTheBytes) {
  EXPECT_EQ(Read("").fault->kind, FaultKind::kEmpty);
  EXPECT_EQ(Read("{\"theme\":").fault->kind, FaultKind::kTruncated);
  EXPECT_EQ(Read("{\"theme\" \"x\"}").fault->kind, FaultKind::kInvalid);
  EXPECT_EQ(Read("[]").fault->kind, FaultKind::kShape);
  EXPECT_EQ(Read("{\"theme\":\"\xE9\"}").fault->kind, FaultKind::kEncoding);
  EXPECT_FALSE(Read("\xEF\xBB\xBF{}").fault.has_value()) << "dgmo's reader takes a byte order mark";
}

TEST(ConfigDocument, TellsCommentsFromDamage) {
  const ConfigDocument commented = Read(R"({"theme":"nord", /* night */ "agentMode":"all-tools"})");
  EXPECT_EQ(commented.comments, 17);
  EXPECT_TRUE(commented.fault.has_value());
  EXPECT_THAT(commented.violations, IsEmpty());
  EXPECT_EQ(Read("\xEF\xBB\xBF{} // x").comments, 6) << "offsets count from the beginning of the file";
  EXPECT_FALSE(Read("{\"theme\": /* x */").comments.has_value());
  EXPECT_EQ(Read(R"({"fly":1,})").violations.size(), 1U) << "judged as it will be without them";
}

TEST(ConfigDocument, ReadsWhatJavaScriptReads) {
  const ConfigDocument document = Read(R"({"theme":"\ud83d","performance":{"maxMetrics":1e999}})");
  EXPECT_FALSE(document.fault.has_value());
  EXPECT_THAT(document.violations, IsEmpty());
}

TEST(ConfigDocument, ADeepValueEndsNobodysStack) {
  std::string text = R"({"experimental":)";
  for (int i = 0; i < 200'000; ++i) text += "{\"a\":";
  text += "1" + std::string(200'001, '}');
  nlohmann::json value;
  EXPECT_FALSE(ReadConfigDocument(text, ConfigDialect::kDgmo, value).fault.has_value());
  EXPECT_TRUE(value.is_null());
  EXPECT_TRUE(ParseAsJavaScript("[\"" + std::string(1000, '[') + "\"]").is_array())
      << "brackets in a text are no depth";
}

TEST(MergeConfig, MergesObjectsAndReplacesTheRest) {
  nlohmann::json below = {{"a", {{"x", 1}, {"y", {1, 2}}}}, {"b", 1}};
  MergeConfig({{"a", {{"y", {3}}, {"z", 2}}}, {"b", {{"c", 1}}}}, below);
  EXPECT_EQ(below, nlohmann::json({{"a", {{"x", 1}, {"y", {3}}, {"z", 2}}}, {"b", {{"c", 1}}}}));
}

}  // namespace
}  // namespace fleet::agent
