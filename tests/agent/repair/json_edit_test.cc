#include "agent/repair/json_edit.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

TEST(JsonEdit, ReplacesOneValueAndNothingElse) {
  const std::string text = "{ \"a\" : [1, {\"b\":\"x\\ud83d\"}] ,\n\"c\":null}";
  EXPECT_EQ(WithJson(text, {"a", std::size_t{1}, "b"}, "7"), "{ \"a\" : [1, {\"b\":7}] ,\n\"c\":null}");
  EXPECT_EQ(WithJson(text, {"c"}, "true"), "{ \"a\" : [1, {\"b\":\"x\\ud83d\"}] ,\n\"c\":true}");
}

TEST(JsonEdit, AddsAMissingKeyLaidOutLikeTheOthers) {
  EXPECT_EQ(WithJson("{}", {"a"}, "1"), "{\"a\":1}");
  EXPECT_EQ(WithJson("{\"a\":1}", {"b"}, "2"), "{\"a\":1,\"b\":2}");
  EXPECT_EQ(WithJson("{\n  \"a\": 1\n}\n", {"b"}, "2"), "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
  EXPECT_EQ(WithJson("{\"o\": {\n    \"a\": 1}}", {"o", "b"}, "2"), "{\"o\": {\n    \"a\": 1,\n    \"b\": 2}}");
}

TEST(JsonEdit, KeepsCommentsAndTrailingCommas) {
  const std::string text = "{\n  // at night\n  \"mcp\": { \"q\": {\"url\": \"http://h\" /* \"x\": 1 */, }, },\n}";
  EXPECT_EQ(WithJson(text, {"mcp", "q", "enabled"}, "false"),
            "{\n  // at night\n  \"mcp\": { \"q\": {\"url\": \"http://h\",\"enabled\": false /* \"x\": 1 */, }, },\n}");
  EXPECT_EQ(JsonAt(text, {"mcp", "q", "url"}), "\"http://h\"");
}

TEST(JsonEdit, TheLastOfSeveralEqualKeysCounts) {
  EXPECT_EQ(WithJson("{\"a\":1,\"a\":2}", {"a"}, "3"), "{\"a\":1,\"a\":3}");
}

TEST(JsonEdit, FindsKeysWrittenWithEscapes) { EXPECT_EQ(JsonAt("{\"\\u0061\":5}", {"a"}), "5"); }

TEST(JsonEdit, RemovesMembersAndElementsAnywhere) {
  EXPECT_EQ(WithoutJson("{\"a\":1,\"b\":2,\"c\":3}", {"a"}), "{\"b\":2,\"c\":3}");
  EXPECT_EQ(WithoutJson("{\"a\":1,\"b\":2,\"c\":3}", {"b"}), "{\"a\":1,\"c\":3}");
  EXPECT_EQ(WithoutJson("{\"a\":1,\"b\":2,\"c\":3}", {"c"}), "{\"a\":1,\"b\":2}");
  EXPECT_EQ(WithoutJson("{\"a\":1}", {"a"}), "{}");
  EXPECT_EQ(WithoutJson("[1, 2, 3]", {std::size_t{1}}), "[1, 3]");
}

TEST(JsonEdit, CountsAndLists) {
  EXPECT_EQ(JsonSize("{\"a\":[1,[2],{}]}", {"a"}), 3U);
  EXPECT_EQ(JsonSize("{\"a\":{}}", {"a"}), std::nullopt);
  EXPECT_EQ(JsonKeys("{\"a\":1,\"b\":[]}", {}), (std::vector<std::string>{"a", "b"}));
}

TEST(JsonEdit, AnswersNothingForWhatIsNotThere) {
  EXPECT_EQ(WithJson("{\"a\":1}", {"b", "c"}, "2"), std::nullopt);
  EXPECT_EQ(WithJson("[1]", {std::size_t{1}}, "2"), std::nullopt);
  EXPECT_EQ(WithoutJson("{\"a\":1}", {"b"}), std::nullopt);
  EXPECT_EQ(JsonAt("{\"a\":", {"a"}), std::nullopt);
  EXPECT_EQ(JsonAt("", {"a"}), std::nullopt);
  EXPECT_EQ(JsonAt("nothing", {"a"}), std::nullopt);
}

TEST(JsonEdit, ReadsPointers) {
  EXPECT_EQ(PathOfPointer("/mcp/a~1b/m~0n/0"), (JsonPath{"mcp", "a/b", "m~n", "0"}));
  EXPECT_EQ(JsonAt("{\"list\":[4,5]}", PathOfPointer("/list/1")), "5");
}

}  // namespace
}  // namespace fleet::agent
