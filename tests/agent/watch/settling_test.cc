#include "agent/watch/settling.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Finding FindingOn(const std::string& root, const std::string& subject) {
  Finding finding;
  finding.code = "SESSION_JSON_EMPTY";
  finding.root = root;
  finding.paths = {root + "/" + subject};
  finding.fingerprint = Fingerprint(finding.code, root, subject);
  return finding;
}

class SettlingTest : public testing::Test {
 protected:
  // How many of the findings count.
  std::size_t Take(std::vector<Finding> found, const std::set<std::string>& live) {
    last_ = settling_.Take(std::move(found), live, clock_.Mono());
    return last_.findings.size();
  }
  FakeClock clock_;
  Settling settling_;
  Settling::Result last_;
  const Finding a_ = FindingOn("/r", "a");
};

TEST_F(SettlingTest, WhereNoDgmoWorksAFindingCountsAndEndsAtOnce) {
  EXPECT_EQ(Take({a_}, {}), 1U);
  EXPECT_FALSE(last_.look_at);
  EXPECT_EQ(Take({}, {}), 0U);
  EXPECT_TRUE(last_.open.empty());
}

TEST_F(SettlingTest, WhereADgmoWorksAFindingCountsWhenItWasFoundThreeTimesTwoSecondsApart) {
  EXPECT_EQ(Take({a_}, {"/r"}), 0U);
  EXPECT_EQ(last_.unknown, std::set<std::string>{"/r/a"});
  EXPECT_EQ(last_.look_at, clock_.Mono() + seconds(2));
  clock_.Advance(milliseconds(300));
  EXPECT_EQ(Take({a_}, {"/r"}), 0U);  // too early to count as another look
  clock_.Advance(milliseconds(1'700));
  EXPECT_EQ(Take({a_}, {"/r"}), 0U);
  clock_.Advance(seconds(2));
  EXPECT_EQ(Take({a_}, {"/r"}), 1U);
  EXPECT_TRUE(last_.unknown.empty());
}

TEST_F(SettlingTest, WhatWasNotFoundInBetweenBeginsAgain) {
  Take({a_}, {"/r"});
  clock_.Advance(seconds(2));
  Take({}, {"/r"});
  clock_.Advance(seconds(2));
  EXPECT_EQ(Take({a_}, {"/r"}), 0U);
  clock_.Advance(seconds(2));
  EXPECT_EQ(Take({a_}, {"/r"}), 0U);
}

TEST_F(SettlingTest, OtherRootsDoNotWait) { EXPECT_EQ(Take({a_, FindingOn("/s", "a")}, {"/r"}), 1U); }

TEST_F(SettlingTest, AFindingThatIsKnownStaysWhenADgmoStarts) {
  EXPECT_EQ(Take({a_}, {}), 1U);
  EXPECT_EQ(Take({a_}, {"/r"}), 1U);
}

TEST_F(SettlingTest, WhatIsRewrittenByADgmoIsNotOverBeforeItCanBeJudged) {
  Take({a_}, {});
  EXPECT_EQ(Take({}, {"/r"}), 0U);
  EXPECT_EQ(last_.open, std::set<std::string>{a_.fingerprint});
  EXPECT_EQ(last_.unknown, std::set<std::string>{"/r/a"});
  clock_.Advance(seconds(5));
  EXPECT_EQ(Take({a_}, {"/r"}), 1U);  // it was not over
  Take({}, {"/r"});
  clock_.Advance(seconds(11));
  Take({}, {"/r"});
  EXPECT_TRUE(last_.open.empty());
  EXPECT_TRUE(last_.unknown.empty());
}

}  // namespace
}  // namespace fleet::agent
