#include "agent/cli/vision_advice.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Json = nlohmann::json;

std::string Question(std::size_t image_bytes, const std::string& text = "What is wrong here? hunter2") {
  Json parts = {{{"type", "text"}, {"text", text}}};
  if (image_bytes > 0) {
    const std::string url = "data:image/png;base64," + std::string(image_bytes / 3 * 4, 'A');
    parts.push_back({{"type", "file"}, {"mediaType", "image/png"}, {"filename", "shot.png"}, {"url", url}});
  }
  return Json({{"id", "msg_q"}, {"role", "user"}, {"parts", parts}, {"metadata", Json::object()}}).dump();
}

std::string Answer(const std::string& text, const std::string& model, const std::string& read = "") {
  Json parts = {{{"type", "step-start"}}, {{"type", "text"}, {"text", text}}};
  if (!read.empty()) {
    const Json invocation = {
        {"state", "result"}, {"toolCallId", "c"}, {"toolName", "read"}, {"args", {{"filePath", read}}}};
    parts.push_back({{"type", "tool-invocation"}, {"toolInvocation", invocation}});
  }
  return Json({{"id", "msg_a"},
               {"role", "assistant"},
               {"parts", parts},
               {"metadata", {{"assistant", {{"modelID", model}}}}}})
      .dump();
}

std::optional<VisionAdvice> Advise(const std::vector<std::string>& texts) {
  std::vector<VisionMessage> messages;
  for (const std::string& text : texts) messages.push_back(ReadVisionMessage(text).value());
  return AdviseOnImages(messages);
}

TEST(VisionOf, KnowsModelsInEverySpelling) {
  for (const char* sees :
       {"claude-sonnet-4", "claude-sonnet-4-20250514", "anthropic/claude-3-5-haiku-latest",
        "us.anthropic.claude-opus-4-20250514-v1:0", "claude-sonnet-4|TECHNIQUES:cot,react", "gpt-4o-mini", "gpt-4.1",
        "o3", "gemini-2.5-pro", "Pixtral-12B", "qwen2.5-vl-72b-instruct"}) {
    EXPECT_EQ(VisionOf(sees), Vision::kSees) << sees;
  }
  for (const char* blind : {"o3-mini", "gpt-3.5-turbo", "gpt-4-0613", "deepseek-chat", "moonshotai/kimi-k2",
                            "qwen3-coder", "claude-2.1", "llama-3.3-70b"}) {
    EXPECT_EQ(VisionOf(blind), Vision::kBlind) << blind;
  }
  for (const char* unknown : {"", "canned-1", "my-own-model"}) EXPECT_EQ(VisionOf(unknown), Vision::kUnknown);
}

TEST(VisionAdvice, AModelThatIsBlindIsNamed) {
  const auto advice = Advise({Question(300), Answer("I cannot see images.", "o3-mini")});
  ASSERT_TRUE(advice.has_value());
  EXPECT_EQ(advice->question, "msg_q");
  EXPECT_EQ(advice->answer, "msg_a");
  EXPECT_EQ(advice->model, "o3-mini");
  EXPECT_TRUE(advice->refused);
  EXPECT_THAT(advice->advice, ElementsAre("choose a model that sees images"));
}

TEST(VisionAdvice, AModelThatSeesIsAskedAgain) {
  for (const char* refusal : {"I can't see images.", "I am unable to view the image", "Sorry, I CANNOT SEE IMAGES"}) {
    const auto advice = Advise({Question(300), Answer(refusal, "claude-sonnet-4")});
    ASSERT_TRUE(advice.has_value()) << refusal;
    EXPECT_THAT(advice->advice, ElementsAre(HasSubstr("analyze, look at or describe")));
  }
  EXPECT_FALSE(Advise({Question(300), Answer("The rounding is off.", "claude-sonnet-4")}).has_value());
}

TEST(VisionAdvice, AnImageMayBeTooLarge) {
  const auto advice = Advise({Question(6 << 20), Answer("The rounding is off.", "claude-sonnet-4")});
  ASSERT_TRUE(advice.has_value());
  EXPECT_THAT(advice->advice, ElementsAre("make the image smaller than 5 MB; it has 6 MB"));
  EXPECT_FALSE(Advise({Question(4 << 20)}).has_value()) << "not answered yet";
}

TEST(VisionAdvice, AnImageThatWasReadAsTextIsToBeAttached) {
  const auto advice = Advise({Question(0), Answer("I cannot see images", "claude-sonnet-4", "/home/mira/Shot.PNG")});
  ASSERT_TRUE(advice.has_value());
  EXPECT_THAT(advice->advice, ElementsAre(HasSubstr("read as text")));
  EXPECT_FALSE(Advise({Question(0), Answer("Done", "claude-sonnet-4", "/x/shot.png")}).has_value());
  EXPECT_FALSE(Advise({Question(0), Answer("I cannot see images", "o3-mini", "/x/notes.txt")}).has_value());
}

TEST(VisionAdvice, OnlyTheLastQuestionCounts) {
  EXPECT_FALSE(Advise({Question(300), Answer("I cannot see images.", "o3-mini"), Question(0), Answer("Yes", "o3-mini")})
                   .has_value());
  EXPECT_FALSE(AdviseOnImages({}).has_value());
}

TEST(VisionAdvice, TellsNothingOfTheText) {
  auto advice = Advise({Question(300), Answer("I cannot see images, hunter3", "o3-mini")});
  ASSERT_TRUE(advice.has_value());
  advice->session = "ses_1";
  const std::string all = VisionAdviceText({*advice}, 3) + VisionAdviceJson({*advice}, 3).dump();
  EXPECT_THAT(all, Not(HasSubstr("hunter")));
  EXPECT_THAT(all, HasSubstr("ses_1"));
  EXPECT_THAT(all, HasSubstr("1 of 3 sessions had trouble with images"));
  EXPECT_EQ(VisionAdviceText({}, 1), "✅ no trouble with images in 1 session\n");
}

TEST(VisionMessage, IsReadFromAnything) {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"parts":{}})", R"({"parts":[1,null,{"type":5}]})",
                           R"({"parts":[{"type":"tool-invocation","toolInvocation":[]}],"metadata":[]})"}) {
    const auto message = ReadVisionMessage(text);
    EXPECT_FALSE(message && message->has_image) << text;
  }
}

}  // namespace
}  // namespace fleet::agent
