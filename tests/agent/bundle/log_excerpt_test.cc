#include "agent/bundle/log_excerpt.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fleet::agent {
namespace {

std::string Line(int n, const std::string& level = "INFO ") {
  return level + " 2025-07-08T09:15:04 +" + std::to_string(n) + "ms service=session working\n";
}

TEST(LogExcerpt, HasTheLastHundredLinesAndTenAroundErrors) {
  std::string log;
  for (int n = 0; n < 1000; ++n) log += Line(n, n == 300 ? "ERROR" : "INFO ");
  Redactor redactor({});
  const std::string text = LogExcerpt(log, 0, redactor);
  const auto has = [&](int n) { return text.find("+" + std::to_string(n) + "ms") != std::string::npos; };
  EXPECT_FALSE(has(289));
  EXPECT_TRUE(has(290) && has(300) && has(310));
  EXPECT_FALSE(has(311));
  EXPECT_FALSE(has(899));
  EXPECT_TRUE(has(900) && has(999));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 + 21 + 100);
}

TEST(LogExcerpt, SaysWhereEachLineBegins) {
  Redactor redactor({});
  const std::string text = LogExcerpt("first\nsecond\n", 0, redactor);
  EXPECT_NE(text.find("@0 [text, 5 bytes]\n@6 [text, 6 bytes]\n"), std::string::npos) << text;
  EXPECT_NE(LogExcerpt("rest of a line\nsecond\n", 100, redactor).find("lines\n@115 [text, 6 bytes]\n"),
            std::string::npos);
}

TEST(LogExcerpt, AnEmptyLogIsFine) {
  Redactor redactor({});
  EXPECT_EQ(LogExcerpt("", 0, redactor).find('@'), std::string::npos);
  EXPECT_EQ(LogExcerpt("half", 10, redactor).find('@'), std::string::npos);
}

}  // namespace
}  // namespace fleet::agent
