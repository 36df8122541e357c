#include "agent/store/jsonc.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace fleet::agent {
namespace {

std::string Plain(const std::string& text) { return WithoutComments(text).text; }

TEST(WithoutComments, BlanksCommentsAndKeepsOffsets) {
  EXPECT_EQ(Plain("{\"a\":1 /* one */}"), "{\"a\":1          }");
  EXPECT_EQ(Plain("// head\n{}"), "       \n{}");
  EXPECT_EQ(Plain("{} // tail"), "{}        ");
  EXPECT_EQ(Plain("{\"a\": /* two\nlines */ 2}"), "{\"a\":       \n         2}");
}

TEST(WithoutComments, BlanksTrailingCommas) {
  EXPECT_EQ(Plain("[1,2,]"), "[1,2 ]");
  EXPECT_EQ(Plain("{\"a\":{},\n}"), "{\"a\":{} \n}");
  EXPECT_EQ(Plain("[1, // last\n]"), "[1         \n]");
  EXPECT_EQ(Plain("[\"x\",]"), "[\"x\" ]");
}

TEST(WithoutComments, LeavesWhatNoDialectReads) {
  for (const char* text : {"[,]", "[1,,]", "{,}", "{\"a\":,}", "/* never ends {}"}) {
    EXPECT_FALSE(nlohmann::json::accept(Plain(text))) << text;
  }
}

TEST(WithoutComments, LeavesTextsAlone) {
  for (const std::string text : {R"({"url":"http://localhost:6333"})", R"(["/* no */",",]","a\"//b","\\"])", "", "{"}) {
    EXPECT_EQ(Plain(text), text);
    EXPECT_FALSE(WithoutComments(text).first.has_value()) << text;
  }
}

TEST(WithoutComments, NamesTheFirstPlace) {
  EXPECT_EQ(WithoutComments("{\"a\":[1,], /* x */}").first, 7);
  EXPECT_EQ(WithoutComments("{ // x\n\"a\":[1,]}").first, 2);
}

}  // namespace
}  // namespace fleet::agent
