#include <gtest/gtest.h>

#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

class Reports : public ::testing::Test {
 protected:
  Reports() { EXPECT_TRUE(brain.Attach(1, "a").ok()); }

  std::vector<std::string> Open() {
    std::vector<std::string> fingerprints;
    for (const auto& [fault, row] : brain.state().findings()) fingerprints.push_back(fault.fingerprint);
    return fingerprints;
  }
  std::vector<std::uint64_t> Acks() {
    std::vector<std::uint64_t> acks;
    for (const auto& [stream, message] : brain.outputs.sent) {
      if (message.has_report_ack()) acks.push_back(message.report_ack().sequence());
    }
    return acks;
  }

  Brain brain;
};

using Names = std::vector<std::string>;

TEST_F(Reports, AWholeSetReplacesWhatWasKnown) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f1"), MakeFinding("f2")}).ok());
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f2"), MakeFinding("f3")}).ok());
  EXPECT_EQ(Open(), (Names{"f2", "f3"}));
  EXPECT_EQ(Acks(), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Reports, PartsTakeEffectWithTheLast) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f0")}).ok());
  v1::FindingReport first = brain.NextReport(1, true);
  *first.add_found() = ToWire(MakeFinding("f1"));
  first.set_more(true);
  ASSERT_TRUE(brain.Report(1, first).ok());
  EXPECT_EQ(Open(), (Names{"f0"}));
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f2")}).ok());
  EXPECT_EQ(Open(), (Names{"f1", "f2"}));
}

TEST_F(Reports, PartsOfALostStreamAreForgotten) {
  v1::FindingReport part = brain.NextReport(1, true);
  *part.add_found() = ToWire(MakeFinding("f1"));
  part.set_more(true);
  ASSERT_TRUE(brain.Report(1, part).ok());
  ASSERT_TRUE(brain.Detach(1).ok());
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  ASSERT_TRUE(brain.Full(2, {MakeFinding("f2")}).ok());
  EXPECT_EQ(Open(), (Names{"f2"}));
}

TEST_F(Reports, DifferencesAddAndRemove) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f1"), MakeFinding("f2")}).ok());
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("f3")}, {"f1", "never heard of"}).ok());
  EXPECT_EQ(Open(), (Names{"f2", "f3"}));
}

TEST_F(Reports, ADifferenceBeforeTheWholeSetClosesTheStream) {
  EXPECT_TRUE(absl::IsFailedPrecondition(brain.Difference(1, {MakeFinding("f1")}, {})));
  ASSERT_EQ(brain.outputs.closed.size(), 1u);
  EXPECT_EQ(brain.outputs.closed[0].first, StreamId{1});
  EXPECT_TRUE(Open().empty());
  EXPECT_TRUE(Acks().empty());
}

TEST_F(Reports, ADifferenceBetweenPartsClosesTheStream) {
  ASSERT_TRUE(brain.Full(1, {}).ok());
  v1::FindingReport part = brain.NextReport(1, true);
  part.set_more(true);
  ASSERT_TRUE(brain.Report(1, part).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(brain.Difference(1, {}, {})));
}

TEST_F(Reports, AGapClosesTheStream) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f1")}).ok());
  brain.NextReport(1, false);  // lost
  EXPECT_TRUE(absl::IsAborted(brain.Difference(1, {}, {"f1"})));
  EXPECT_EQ(brain.outputs.closed.size(), 1u);
  EXPECT_EQ(Open(), (Names{"f1"}));
}

TEST_F(Reports, TheFirstSequenceIsOne) {
  v1::FindingReport report;
  report.set_full(true);
  EXPECT_TRUE(absl::IsAborted(brain.Report(1, report)));
  report.set_sequence(2);
  EXPECT_TRUE(absl::IsAborted(brain.Report(1, report)));
}

TEST_F(Reports, ARepeatIsAcknowledgedWithoutEffect) {
  v1::FindingReport first = brain.NextReport(1, true);
  *first.add_found() = ToWire(MakeFinding("f1"));
  ASSERT_TRUE(brain.Report(1, first).ok());
  ASSERT_TRUE(brain.Difference(1, {}, {"f1"}).ok());
  const int commits = brain.store.commits;
  ASSERT_TRUE(brain.Report(1, first).ok());
  EXPECT_EQ(Acks(), (std::vector<std::uint64_t>{1, 2, 1}));
  EXPECT_TRUE(Open().empty());
  EXPECT_EQ(brain.store.commits, commits);
}

Finding FindingAt(const std::string& fingerprint, const std::string& path) {
  Finding finding = MakeFinding(fingerprint);
  finding.path = path;
  finding.paths = {path};
  return finding;
}

TEST_F(Reports, WhatCouldNotBeLookedAtIsNotGone) {
  ASSERT_TRUE(brain.Full(1, {FindingAt("f1", "/data/one/x"), FindingAt("f2", "/data/two/x")}).ok());
  v1::FindingReport full = brain.NextReport(1, true);
  full.add_unknown_paths("/data/one");
  *full.add_found() = ToWire(FindingAt("f3", "/data/one/y"));
  ASSERT_TRUE(brain.Report(1, full).ok());
  EXPECT_EQ(Open(), (Names{"f1", "f3"}));
  ASSERT_TRUE(brain.Difference(1, {}, {"f1"}).ok()) << "said explicitly, it is gone";
  EXPECT_EQ(Open(), (Names{"f3"}));
  ASSERT_TRUE(brain.Full(1, {}).ok()) << "what was unknown once is not unknown for ever";
  EXPECT_TRUE(Open().empty());
}

TEST_F(Reports, UnknownPathsOfAnEarlierPartCount) {
  ASSERT_TRUE(brain.Full(1, {FindingAt("f1", "/data/one/x")}).ok());
  v1::FindingReport part = brain.NextReport(1, true);
  part.set_more(true);
  part.add_unknown_paths("/");
  ASSERT_TRUE(brain.Report(1, part).ok());
  ASSERT_TRUE(brain.Full(1, {}).ok());
  EXPECT_EQ(Open(), (Names{"f1"}));
}

TEST_F(Reports, TooManyUnknownPathsCloseTheStream) {
  v1::FindingReport full = brain.NextReport(1, true);
  for (int i = 0; i < 257; ++i) full.add_unknown_paths("/p" + std::to_string(i));
  EXPECT_TRUE(absl::IsResourceExhausted(brain.Report(1, full)));
}

TEST_F(Reports, TooManyFindingsCloseTheStreamAndChangeNothing) {
  const auto many = [](const std::string& prefix, int count) {
    std::vector<Finding> findings;
    for (int i = 0; i < count; ++i) findings.push_back(MakeFinding(prefix + std::to_string(i)));
    return findings;
  };
  EXPECT_TRUE(absl::IsResourceExhausted(brain.Full(1, many("x", 10'001))));
  EXPECT_TRUE(Open().empty());
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  ASSERT_TRUE(brain.Full(2, many("x", 9'999)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(brain.Difference(2, many("y", 2), {})));
  EXPECT_EQ(Open().size(), 9'999u);
}

TEST_F(Reports, TooManyPartsCloseTheStream) {
  std::vector<Finding> findings(6'000, MakeFinding("same"));
  v1::FindingReport part = brain.NextReport(1, true);
  for (const Finding& finding : findings) *part.add_found() = ToWire(finding);
  part.set_more(true);
  ASSERT_TRUE(brain.Report(1, part).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(brain.Full(1, findings)));
}

TEST_F(Reports, AFindingThatIsNotWellFormedClosesTheStream) {
  v1::FindingReport report = brain.NextReport(1, true);
  report.add_found()->set_code("x");
  EXPECT_TRUE(absl::IsInvalidArgument(brain.Report(1, report)));
  EXPECT_EQ(brain.outputs.closed.size(), 1u);
}

TEST_F(Reports, AReportWithoutHelloClosesTheStream) {
  EXPECT_TRUE(absl::IsFailedPrecondition(brain.Full(9, {})));
  EXPECT_EQ(brain.outputs.closed.at(0).first, StreamId{9});
}

TEST_F(Reports, TheMachineShowsWhatItsAgentSays) {
  v1::FindingReport report = brain.NextReport(1, true);
  *report.add_found() = ToWire(MakeFinding("f1", Severity::kP1));
  *report.add_found() = ToWire(MakeFinding("f2", Severity::kP3));
  report.set_omitted(4);
  report.set_repairing(true);
  report.mutable_last_drill()->set_began_ms(1'790'000'000'000);
  report.mutable_last_drill()->set_passed(14);
  report.mutable_last_drill()->set_failed(-3);
  for (int i = 1; i <= 2; ++i) {
    report.add_roots()->set_sessions(10 * i);
    report.mutable_roots(i - 1)->set_messages(100 * i);
  }
  ASSERT_TRUE(brain.Report(1, report).ok());
  const auto agent = brain.state().Agent("a");
  EXPECT_EQ(agent->findings_by_severity[1], 1);
  EXPECT_EQ(agent->findings_by_severity[3], 1);
  EXPECT_EQ(agent->omitted_findings, 4);
  EXPECT_EQ(agent->sessions, 30);
  EXPECT_EQ(agent->messages, 300);
  EXPECT_EQ(agent->last_drill.began_ms, 1'790'000'000'000);
  EXPECT_EQ(agent->last_drill.passed, 14);
  EXPECT_EQ(agent->last_drill.failed, 0) << "there is no such number";
  EXPECT_EQ(HealthOf(*agent), Health::kRecovering);
  ASSERT_TRUE(brain.Report(1, brain.NextReport(1, true)).ok());
  EXPECT_EQ(brain.state().Agent("a")->last_drill.passed, 14) << "a report without a drill says nothing of it";
}

TEST_F(Reports, BeingSeenAgainWritesNothing) {
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f1")}).ok());
  const int commits = brain.store.commits;
  Finding again = MakeFinding("f1");
  again.last_seen_ms = 99;
  ASSERT_TRUE(brain.Full(1, {again}).ok());
  EXPECT_EQ(brain.store.commits, commits);
}

}  // namespace
}  // namespace fleet::coordinator
