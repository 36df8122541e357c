#include "agent/store/known_prompts.h"

#include <gtest/gtest.h>

#include "agent/store/document.h"

namespace fleet::agent {
namespace {

const std::string kPrompt = "\"" + std::string(3'000, 'p') + "\\\"quoted\\\\\"";

std::string Answer(const std::string& system, const std::string& text = "t") {
  return R"({"id":"m","role":"assistant","parts":[{"type":"text","text":")" + text +
         R"("}],"metadata":{"assistant":{"system":[)" + system +
         R"(],"cost":0},"time":{"created":1},"sessionID":"s","tool":{},"padding":")" + std::string(2'000, 'x') +
         R"("}})";
}

TEST(KnownPrompts, CutsWhatItLearned) {
  KnownPrompts prompts;
  PaddedText shorter;
  const std::string document = Answer(kPrompt + ",\"short\"");
  EXPECT_FALSE(prompts.Cut(document, shorter));
  prompts.Learn();
  ASSERT_TRUE(prompts.Cut(document, shorter));
  EXPECT_EQ(shorter.view(), Answer("\"\",\"short\""));
  ASSERT_TRUE(prompts.Cut(Answer("\"other\"," + kPrompt), shorter));
  EXPECT_EQ(shorter.view(), Answer("\"other\",\"\""));
}

TEST(KnownPrompts, LearnsOnlyWhenTold) {
  KnownPrompts prompts;
  PaddedText shorter;
  prompts.Cut(Answer(kPrompt), shorter);
  EXPECT_FALSE(prompts.Cut(Answer(kPrompt), shorter));
}

TEST(KnownPrompts, KeepsWhatIsAlmostTheSame) {
  KnownPrompts prompts;
  PaddedText shorter;
  const std::string document = Answer(kPrompt);
  prompts.Cut(document, shorter);
  prompts.Learn();
  std::string other = document;
  other[other.find("ppp") + 1'500] = 'q';
  EXPECT_FALSE(prompts.Cut(other, shorter));
  EXPECT_FALSE(prompts.Cut(document.substr(0, document.find("quoted")), shorter)) << "cut off in the middle";
  EXPECT_FALSE(prompts.Cut("", shorter));
  EXPECT_FALSE(prompts.Cut(R"("system":[)", shorter));
  EXPECT_FALSE(prompts.Cut(R"("system":["\)", shorter));
}

// The same parser again and again, so that prompts are known: each document is judged as a new parser does.
TEST(KnownPrompts, DoNotChangeWhatADocumentIs) {
  const std::string good = Answer(kPrompt);
  std::vector<std::string> documents = {good,
                                        Answer(kPrompt + "," + kPrompt),
                                        Answer(kPrompt + ",1"),
                                        Answer(kPrompt + "x"),
                                        Answer(kPrompt + kPrompt),
                                        Answer("," + kPrompt),
                                        Answer(kPrompt, "in a text: \\\"system\\\":["),
                                        Answer(kPrompt, "broken out: \"system\":[" + kPrompt + "]"),
                                        Answer("\"a\"", "\"system\":[" + kPrompt + ",\""),
                                        good + "}",
                                        "[" + good,
                                        good + std::string(3, '\0')};
  for (std::size_t cut = 1; cut < good.size(); cut += 97) documents.push_back(good.substr(0, cut));
  for (std::size_t at = 0; at < good.size(); at += 53) {
    std::string damaged = good;
    damaged[at] = '"';
    documents.push_back(damaged);
    damaged[at] = '\x01';
    documents.push_back(damaged);
    damaged[at] = '\\';
    documents.push_back(damaged);
  }
  DocumentParser seasoned;
  for (const std::string& document : documents) {
    seasoned.Parse(DocumentClass::kMessage, PaddedText(good));
    seasoned.Parse(DocumentClass::kMessage, PaddedText(document));  // what is damaged must not become known
    const Document expected = DocumentParser().Parse(DocumentClass::kMessage, PaddedText(document));
    const Document actual = seasoned.Parse(DocumentClass::kMessage, PaddedText(document));
    ASSERT_EQ(actual.index(), expected.index()) << document;
    if (const Fault* fault = std::get_if<Fault>(&expected)) {
      EXPECT_EQ(std::get<Fault>(actual).kind, fault->kind) << document;
      EXPECT_EQ(std::get<Fault>(actual).offset, fault->offset) << document;
    }
  }
}

}  // namespace
}  // namespace fleet::agent
