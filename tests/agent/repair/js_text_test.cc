#include "agent/repair/js_text.h"

#include <gtest/gtest.h>

#include "agent/repair/conversation_text.h"
#include "agent/repair/document_text.h"

namespace fleet::agent {
namespace {

TEST(JsText, ReadsEscapesAndHalfSurrogatePairs) {
  EXPECT_EQ(FromJsonString(R"("a\"\\\/\b\f\n\r\té\ud83d\ude80")"), u"a\"\\/\b\f\n\r\t\u00e9\U0001F680");
  EXPECT_EQ(FromJsonString(R"("\ud83d...")"), std::u16string(1, 0xD83D) + u"...");
  EXPECT_EQ(FromJsonString("\"\xC3\xA9\xF0\x9F\x9A\x80\""), u"\u00e9\U0001F680");
}

TEST(JsText, RefusesWhatIsNoJsonString) {
  for (const char* text : {"", "\"", "abc", "\"a", R"("\x")", R"("\u12")", R"("a"b")", R"("\")"}) {
    EXPECT_FALSE(FromJsonString(text)) << text;
  }
}

TEST(JsText, WritesAsJavaScriptDoes) {
  EXPECT_EQ(ToJsonString(u"a\"\\/\b\f\n\r\t\u0001\u001f\u007f\u00e9\u2028\U0001F680"),
            "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\xC3\xA9\xE2\x80\xA8\xF0\x9F\x9A\x80\"");
  EXPECT_EQ(ToJsonString(std::u16string{0xDE80, 0xD83D}), R"("\ude80\ud83d")");
}

TEST(JsText, TakesBytesThatAreNoUtf8AsReplacementCharacters) {
  EXPECT_EQ(FromUtf8("a\xFF\xC3(\xED\xA0\x80\xF0\x9F"), u"a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(JsText, CountsCharactersNotUnits) {
  EXPECT_EQ(FirstCharacters(u"a\U0001F680b", 2), u"a\U0001F680");
  EXPECT_EQ(FirstCharacters(u"ab", 60), u"ab");
}

TEST(JsText, TakesWordsWithOneBlankBetween) {
  EXPECT_EQ(FirstWords(u"  one\n two\u3000three four ", 3), u"one two three");
  EXPECT_EQ(FirstWords(u" \t", 5), u"");
}

TEST(DocumentText, CutsSummariesByUnits) {
  EXPECT_EQ(SummaryOf(JsText(200, u'x')), JsText(200, u'x'));
  EXPECT_EQ(SummaryOf(JsText(201, u'x')), JsText(200, u'x') + u"...");
  EXPECT_EQ(SummaryOf(std::nullopt), u"No output");
}

TEST(DocumentText, KnowsTitlesThatSayNothing) {
  EXPECT_TRUE(IsDefaultTitle(u"New Session - 2025-07-08T10:02:11.480Z"));
  EXPECT_TRUE(IsDefaultTitle(u"Child session - 2025-07-08T10:02:11.480Z"));
  EXPECT_FALSE(IsDefaultTitle(u"Child session - later"));
  EXPECT_FALSE(IsDefaultTitle(u"Audit rounding"));
}

TEST(ConversationText, ReadsTheTextsOfAMessageExactly) {
  const auto message = ReadMessageText(
      R"({"id":"m","role":"assistant","parts":[{"type":"step-start"},{"text":"first","type":"text"},{"type":"text",)"
      R"("text":"cut \ud83d"},{"type":"text","text":""}],"metadata":{"time":{"created":5,"completed":9},"sessionID":"s",)"
      R"("tool":{},"error":{"name":"UnknownError","data":{"message":"no \"luck\""}}}})");
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->assistant);
  EXPECT_EQ(message->first_text, u"first");
  EXPECT_EQ(message->last_text, u"cut " + std::u16string(1, 0xD83D));
  EXPECT_EQ(message->error, u"no \"luck\"");
  EXPECT_EQ(message->created_ms, 5);
  EXPECT_EQ(message->last_ms(), 9);
}

TEST(ConversationText, RefusesWhatIsNoMessage) {
  for (const char* bytes : {"", "null", "[]", "{}", R"({"role":"user")", "\xFF"}) {
    EXPECT_FALSE(ReadMessageText(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace fleet::agent
