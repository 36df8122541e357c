#include "agent/store/document.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace fleet::agent {
namespace {

using namespace std::string_literals;

constexpr char kInfo[] = R"({"id":"ses_a","version":"0.2.3","title":"T","time":{"created":1,"updated":2}})";

Document Parse(DocumentClass cls, const std::string& text) {
  DocumentParser parser;
  return parser.Parse(cls, PaddedText(text));
}

std::optional<Fault> FaultOf(DocumentClass cls, const std::string& text) {
  const Document document = Parse(cls, text);
  const Fault* fault = std::get_if<Fault>(&document);
  return fault == nullptr ? std::nullopt : std::optional<Fault>(*fault);
}

FaultKind KindOf(const std::string& text, DocumentClass cls = DocumentClass::kSession) {
  const std::optional<Fault> fault = FaultOf(cls, text);
  EXPECT_TRUE(fault.has_value()) << text;
  return fault.value_or(Fault{FaultKind::kOversize, std::nullopt, ""}).kind;
}

TEST(Documents, TellsTheFaultsOfBytesApart) {
  const std::string info = kInfo;
  EXPECT_EQ(KindOf(""), FaultKind::kEmpty);
  EXPECT_EQ(KindOf(" \n\t"), FaultKind::kEmpty);
  EXPECT_EQ(KindOf(std::string(300, '\0')), FaultKind::kNul);
  EXPECT_EQ(KindOf(info + std::string(5, '\0')), FaultKind::kNul);
  EXPECT_EQ(KindOf("\xEF\xBB\xBF" + info), FaultKind::kByteOrderMark);
  EXPECT_EQ(KindOf("\xEF\xBB\xBF" + info.substr(0, 30)), FaultKind::kEncoding);
  EXPECT_EQ(KindOf("\xFF\xFE{\0}\0"s), FaultKind::kEncoding);
  EXPECT_EQ(KindOf("{\0\"\0a\0\"\0:\0001\0}\0"s), FaultKind::kEncoding);
  EXPECT_EQ(KindOf("{\"title\":\"caf\xE9\"}"), FaultKind::kEncoding);
  EXPECT_EQ(KindOf(info.substr(0, info.size() - 1)), FaultKind::kTruncated);
  EXPECT_EQ(KindOf(info + "}"), FaultKind::kInvalid);
  EXPECT_EQ(KindOf(info + info), FaultKind::kInvalid);
  EXPECT_EQ(KindOf("plain words"), FaultKind::kInvalid);
  EXPECT_EQ(KindOf("[]"), FaultKind::kShape);
}

TEST(Documents, EveryPrefixOfADocumentIsEmptyOrTruncated) {
  const std::string info = kInfo;
  EXPECT_EQ(KindOf(info.substr(0, 0)), FaultKind::kEmpty);
  for (std::size_t length = 1; length < info.size(); ++length) {
    EXPECT_EQ(KindOf(info.substr(0, length)), FaultKind::kTruncated) << info.substr(0, length);
  }
  EXPECT_FALSE(FaultOf(DocumentClass::kSession, info).has_value());
}

TEST(Documents, NamesTheOffsetOfTheFirstBadByte) {
  EXPECT_EQ(FaultOf(DocumentClass::kIndex, "[\"a\",]")->offset, 5);
  EXPECT_EQ(FaultOf(DocumentClass::kIndex, "[\"a\"")->offset, 4);
  EXPECT_EQ(FaultOf(DocumentClass::kIndex, "[\"a\"]\0\0"s)->offset, 5);
  EXPECT_EQ(FaultOf(DocumentClass::kIndex, "[\"\xE9\"]")->offset, 2);
}

TEST(Documents, AcceptsWhatJavaScriptReads) {
  EXPECT_FALSE(FaultOf(DocumentClass::kIndex, R"(["a\ud83d..."])").has_value());
  EXPECT_FALSE(FaultOf(DocumentClass::kIndex, R"(["\udc00","\ud83d\ude00"])").has_value());
  EXPECT_FALSE(
      FaultOf(DocumentClass::kConfig, R"({"n":123456789012345678901234567890,"m":-1e999,"k":1E+400})").has_value());
  EXPECT_FALSE(
      FaultOf(DocumentClass::kConfig, "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}").has_value());
  EXPECT_FALSE(FaultOf(DocumentClass::kSession, std::string(kInfo) + "\r\n").has_value());
}

TEST(Documents, RefusesWhatJavaScriptRefuses) {
  EXPECT_EQ(KindOf(R"(["\ud83d\uZZ"])", DocumentClass::kIndex), FaultKind::kInvalid);
  EXPECT_EQ(KindOf("[\"a\nb\"]", DocumentClass::kIndex), FaultKind::kInvalid);
  EXPECT_EQ(KindOf("[01]", DocumentClass::kIndex), FaultKind::kInvalid);
  EXPECT_EQ(KindOf(R"({"a":1,})", DocumentClass::kConfig), FaultKind::kInvalid);
  EXPECT_EQ(KindOf(R"({"a":1 /* night */})", DocumentClass::kConfig), FaultKind::kInvalid);
}

TEST(Documents, ReadsTheFieldsOfASession) {
  const Document document = Parse(
      DocumentClass::kSession,
      R"({"id":"ses_a","version":"dev","parentID":"ses_b","title":"x\ud83d","time":{"created":5,"updated":6},"share":{"url":"u"},"more":[1]})");
  const auto& session = std::get<SessionDocument>(document);
  EXPECT_EQ(session.id, "ses_a");
  EXPECT_EQ(session.parent_kind, SessionDocument::Parent::kId);
  EXPECT_EQ(session.parent, "ses_b");
  EXPECT_EQ(session.created, 5);
  EXPECT_EQ(session.updated, 6);
  EXPECT_TRUE(session.shared);
}

// A message with these fields; `metadata` goes before what every message has.
MessageDocument MessageOf(const std::string& role, const std::string& parts, const std::string& metadata = "") {
  const Document document =
      Parse(DocumentClass::kMessage, R"({"id":"m","role":")" + role + R"(","parts":)" + parts + R"(,"metadata":{)" +
                                         metadata + R"("time":{"created":1},"sessionID":"s","tool":{}}})");
  const auto* message = std::get_if<MessageDocument>(&document);
  EXPECT_NE(message, nullptr) << parts << metadata;
  return message == nullptr ? MessageDocument() : *message;
}

TEST(Documents, CountsToolCallsWithoutAResult) {
  EXPECT_EQ(MessageOf("assistant", "[]").unresolved, 0);
  const MessageDocument message = MessageOf(
      "assistant",
      R"([{"type":"text","text":"call"},{"type":"tool-invocation","toolInvocation":{"args":{"state":"call"},"state":"result"}},)"
      R"({"type":"tool-invocation","toolInvocation":{"state":"call"}},{"toolInvocation":{"state":"partial-call"}},)"
      R"({"toolInvocation":{"state":7}},{"toolInvocation":[]},{"toolInvocation":{}},"state",null,7])");
  EXPECT_EQ(message.unresolved, 2);
  EXPECT_EQ(message.parts, 10);
}

TEST(Documents, KnowsWhetherAMessageHasTheSectionOfAssistants) {
  EXPECT_TRUE(MessageOf("assistant", "[]", R"("assistant":{"cost":null},)").has_assistant_section);
  EXPECT_TRUE(MessageOf("user", "[]", R"("assistant":{},)").has_assistant_section);
  EXPECT_FALSE(MessageOf("assistant", "[]").has_assistant_section);
  EXPECT_FALSE(MessageOf("assistant", "[]", R"("assistant":null,)").has_assistant_section);
  EXPECT_TRUE(MessageOf("assistant", "[]", R"("error":{"name":"UnknownError"},)").has_error);
}

TEST(Documents, ASharedSessionHasAnAddress) {
  for (const char* share : {R"({})", R"({"url":7})", R"("u")", "null"}) {
    const Document document = Parse(
        DocumentClass::kSession,
        R"({"id":"s","version":"v","title":"t","time":{"created":1,"updated":1},"share":)" + std::string(share) + "}");
    EXPECT_FALSE(std::get<SessionDocument>(document).shared) << share;
  }
}

TEST(Documents, KnowsTheSummaryOfAnAgentThatSaidNothing) {
  const std::string record =
      R"({"id":"s","parentSessionId":"p","agentName":"n","taskDescription":"t","status":"completed","createdAt":1)";
  const auto no_output = [&](const std::string& rest) {
    return std::get<SubsessionDocument>(Parse(DocumentClass::kSubsession, record + rest + "}")).no_output;
  };
  EXPECT_TRUE(no_output(R"(,"summary":"No output")"));
  EXPECT_FALSE(no_output(""));
  EXPECT_FALSE(no_output(R"(,"summary":"No output.")"));
  EXPECT_FALSE(no_output(R"(,"summary":["No output"])"));
}

TEST(Documents, KnowsTheLiteralsThatMeanNoParent) {
  for (const char* literal : {"null", "\"\"", "\"undefined\"", "\"null\""}) {
    const Document document = Parse(
        DocumentClass::kSession, R"({"id":"s","version":"v","title":"t","time":{"created":1,"updated":1},"parentID":)" +
                                     std::string(literal) + "}");
    EXPECT_EQ(std::get<SessionDocument>(document).parent_kind, SessionDocument::Parent::kLiteral) << literal;
  }
}

TEST(Documents, SaysWhichFieldIsWrong) {
  EXPECT_EQ(FaultOf(DocumentClass::kSession, R"({"id":"s","version":"v","title":"t"})")->detail, "time is missing");
  EXPECT_EQ(
      FaultOf(DocumentClass::kSession, R"({"id":"s","version":"v","title":"t","time":{"created":"1","updated":2}})")
          ->detail,
      "time.created should be a number and is a text");
  EXPECT_EQ(FaultOf(DocumentClass::kIndex, "{}")->detail, "should be an array and is an object");
  EXPECT_EQ(FaultOf(DocumentClass::kMessage, "null")->detail, "should be an object and is null");
  EXPECT_EQ(
      FaultOf(DocumentClass::kMessage,
              R"({"id":"m","role":"robot","parts":[],"metadata":{"time":{"created":1},"sessionID":"s","tool":{}}})")
          ->detail,
      "role is neither user nor assistant");
}

TEST(Documents, OfAFieldThatOccursTwiceTheLastCounts) {
  const Document document = Parse(DocumentClass::kSession,
                                  R"({"id":"a","id":"b","version":"v","title":"t","time":{"created":1,"updated":1}})");
  EXPECT_EQ(std::get<SessionDocument>(document).id, "b");
}

TEST(Documents, AnAppFileMayBeAnArrayButNotNull) {
  EXPECT_FALSE(FaultOf(DocumentClass::kApp, "{}").has_value());
  EXPECT_FALSE(FaultOf(DocumentClass::kApp, "[]").has_value());
  EXPECT_FALSE(FaultOf(DocumentClass::kApp, R"({"initialized":1751879702117})").has_value());
  EXPECT_EQ(KindOf("null", DocumentClass::kApp), FaultKind::kShape);
  EXPECT_EQ(KindOf(R"({"initialized":"yes"})", DocumentClass::kApp), FaultKind::kShape);
}

TEST(Documents, ManyByteOrderMarksAreOneFault) {
  std::string marks;
  for (int i = 0; i < 1'000'000; ++i) marks += "\xEF\xBB\xBF";
  EXPECT_EQ(KindOf(marks), FaultKind::kEncoding);
}

TEST(Documents, OneParserReadsManyDocumentsAfterAnyFault) {
  DocumentParser parser;
  for (int i = 0; i < 3; ++i) {
    parser.Parse(DocumentClass::kConfig, PaddedText("{\"a\":" + std::string(3000, '[')));
    parser.Parse(DocumentClass::kConfig, PaddedText("{\"a\":" + std::string(3000, '[') + std::string(3000, ']') + "}"));
    EXPECT_TRUE(std::holds_alternative<SessionDocument>(parser.Parse(DocumentClass::kSession, PaddedText(kInfo))));
  }
}

}  // namespace
}  // namespace fleet::agent
