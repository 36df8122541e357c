#include "agent/link/finding_book.h"

#include <gtest/gtest.h>

#include <set>

#include "agent/link/report_parts.h"
#include "tests/agent/link/test_findings.h"

namespace fleet::agent {
namespace {

using Names = std::set<std::string>;
using Batch = std::vector<v1::FindingReport>;

Names FoundIn(const Batch& batch) {
  Names names;
  for (const auto& report : batch) {
    for (const auto& finding : report.found()) names.insert(finding.subject_id());
  }
  return names;
}

Batch TakeAcknowledged(FindingBook& book) {
  Batch batch = book.TakeBatch();
  EXPECT_TRUE(batch.empty() || book.Acknowledge(batch.back().sequence()));
  return batch;
}

TEST(FindingBook, HasNothingToSayBeforeTheFirstCheck) {
  FindingBook book;
  book.StreamOpened();
  book.SetRepairing(true);
  EXPECT_TRUE(book.TakeBatch().empty());
  EXPECT_TRUE(book.Update({}, kKnown));
  const Batch batch = book.TakeBatch();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_TRUE(batch[0].full());
  EXPECT_FALSE(batch[0].more());
  EXPECT_TRUE(batch[0].repairing());
  EXPECT_EQ(batch[0].sequence(), 1U);
}

TEST(FindingBook, SendsTheWholeSetFirstAndThenOnlyDifferences) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a"), MakeFinding("b")}, kKnown);
  EXPECT_EQ(FoundIn(TakeAcknowledged(book)), (Names{"a", "b"}));
  EXPECT_TRUE(book.TakeBatch().empty());

  EXPECT_TRUE(book.Update({MakeFinding("b"), MakeFinding("c")}, kKnown));
  const Batch batch = book.TakeBatch();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_FALSE(batch[0].full());
  EXPECT_EQ(batch[0].sequence(), 2U);
  EXPECT_EQ(FoundIn(batch), Names{"c"});
  ASSERT_EQ(batch[0].gone_fingerprints_size(), 1);
  EXPECT_EQ(batch[0].gone_fingerprints(0), MakeFinding("a").fingerprint);
}

TEST(FindingBook, SaysNothingWhenOnlyTheTimeIsDifferent) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a", Severity::kP2, 1000)}, kKnown);
  TakeAcknowledged(book);
  EXPECT_FALSE(book.Update({MakeFinding("a", Severity::kP2, 5000)}, kKnown));
  EXPECT_TRUE(book.TakeBatch().empty());
  const Finding& held = book.held().begin()->second.finding;
  EXPECT_EQ(held.first_seen_ms, 1000);
  EXPECT_EQ(held.last_seen_ms, 5000);
}

TEST(FindingBook, SendsAFindingAgainWhenItChanges) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a"), MakeFinding("b")}, kKnown);
  TakeAcknowledged(book);
  Finding changed = MakeFinding("a", Severity::kP2, 9000);
  changed.evidence["count"] = std::int64_t{2};
  EXPECT_TRUE(book.Update({changed, MakeFinding("b")}, kKnown));
  const Batch batch = book.TakeBatch();
  ASSERT_EQ(FoundIn(batch), Names{"a"});
  EXPECT_EQ(batch[0].found(0).first_seen_ms(), 1000);
}

TEST(FindingBook, HoldsChangesBackUntilTheLastBatchIsAcknowledgedAndTellsThemTogether) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a")}, kKnown);
  ASSERT_EQ(book.TakeBatch().size(), 1U);
  book.Update({MakeFinding("b")}, kKnown);
  book.Update({MakeFinding("b"), MakeFinding("c")}, kKnown);
  EXPECT_TRUE(book.TakeBatch().empty());
  EXPECT_TRUE(book.Acknowledge(1));
  const Batch batch = book.TakeBatch();
  EXPECT_EQ(FoundIn(batch), (Names{"b", "c"}));
  EXPECT_EQ(batch[0].gone_fingerprints_size(), 1);
}

TEST(FindingBook, IgnoresRepeatedAndStrangeAcknowledgements) {
  FindingBook book;
  EXPECT_FALSE(book.Acknowledge(0));
  book.StreamOpened();
  book.Update({MakeFinding("a")}, kKnown);
  book.TakeBatch();
  EXPECT_FALSE(book.Acknowledge(0));
  EXPECT_FALSE(book.Acknowledge(2));
  EXPECT_TRUE(book.awaiting());
  EXPECT_TRUE(book.Acknowledge(1));
  EXPECT_FALSE(book.Acknowledge(1));
}

TEST(FindingBook, SendsTheWholeSetAgainOnANewStream) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a")}, kKnown);
  TakeAcknowledged(book);
  book.Update({MakeFinding("b")}, kKnown);
  book.TakeBatch();  // lost with the stream
  book.StreamOpened();
  const Batch batch = book.TakeBatch();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_TRUE(batch[0].full());
  EXPECT_EQ(batch[0].sequence(), 1U);
  EXPECT_EQ(FoundIn(batch), Names{"b"});
}

TEST(FindingBook, SplitsALargeSetIntoBoundedPartsWorstFirst) {
  FindingBook book;
  book.StreamOpened();
  std::vector<Finding> findings;
  for (int i = 0; i < 1000; ++i) {
    findings.push_back(MakeFinding(std::to_string(i), i % 2 == 0 ? Severity::kP3 : Severity::kP0));
    findings.back().refusal = std::string(3000, 'x');
  }
  book.Update(findings, kKnown);
  const Batch batch = book.TakeBatch();
  ASSERT_GT(batch.size(), 4U);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    EXPECT_EQ(batch[i].sequence(), i + 1);
    EXPECT_TRUE(batch[i].full());
    EXPECT_EQ(batch[i].more(), i + 1 < batch.size());
    EXPECT_LE(batch[i].found_size(), 256);
    EXPECT_LE(batch[i].ByteSizeLong(), 600U * 1024);
  }
  EXPECT_EQ(FoundIn(batch).size(), 1000U);
  EXPECT_EQ(batch.front().found(0).severity(), v1::SEVERITY_P0);
  EXPECT_EQ(batch.back().found(0).severity(), v1::SEVERITY_P3);
  EXPECT_FALSE(book.Acknowledge(batch.front().sequence()));
  EXPECT_TRUE(book.Acknowledge(batch.back().sequence()));
}

TEST(FindingBook, KeepsTheWorstTenThousandAndCountsTheRest) {
  FindingBook book;
  book.StreamOpened();
  std::vector<Finding> findings;
  for (int i = 0; i < 10'005; ++i) findings.push_back(MakeFinding(std::to_string(i), Severity::kP3));
  book.Update(findings, kKnown);
  Batch batch = TakeAcknowledged(book);
  EXPECT_EQ(FoundIn(batch).size(), 10'000U);
  EXPECT_EQ(batch[0].omitted(), 5);

  findings.push_back(MakeFinding("worst", Severity::kP0));
  book.Update(findings, kKnown);
  batch = TakeAcknowledged(book);
  EXPECT_EQ(FoundIn(batch), Names{"worst"});
  EXPECT_EQ(batch[0].gone_fingerprints_size(), 1);
  EXPECT_EQ(batch[0].omitted(), 6);
}

TEST(FindingBook, KeepsWhatNobodyCouldLookAtAndSendsTheWholeSetWhenThatChanges) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a"), MakeFinding("b")}, kKnown);
  TakeAcknowledged(book);
  const std::vector<std::string> path_of_a = {MakeFinding("a").path};
  EXPECT_TRUE(book.Update({}, path_of_a));
  Batch batch = TakeAcknowledged(book);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_TRUE(batch[0].full());
  EXPECT_TRUE(FoundIn(batch).empty());
  ASSERT_EQ(batch[0].unknown_paths_size(), 1);
  EXPECT_EQ(batch[0].unknown_paths(0), MakeFinding("a").path);
  EXPECT_EQ(book.held().size(), 1U);

  EXPECT_FALSE(book.Update({}, path_of_a));
  EXPECT_TRUE(book.Update({}, kKnown)) << "looked, and it is not there";
  batch = TakeAcknowledged(book);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_TRUE(batch[0].full());
  EXPECT_EQ(batch[0].unknown_paths_size(), 0);
  EXPECT_TRUE(book.held().empty());
}

TEST(FindingBook, TooManyUnknownPathsMeanThatNothingIsGone) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a")}, kKnown);
  book.Update({}, std::vector<std::string>(FindingBook::kMaxUnknownPaths + 1, "/elsewhere"));
  EXPECT_EQ(book.held().size(), 1U);
  EXPECT_EQ(TakeAcknowledged(book)[0].unknown_paths(0), "/");
}

TEST(FindingBook, TellsAFindingThatIsKnownAgainAfterANewStream) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a", Severity::kP2, 1000)}, kKnown);
  book.Update({}, kUnknown);
  TakeAcknowledged(book);
  book.Update({MakeFinding("a", Severity::kP2, 7000)}, kKnown);
  const Batch batch = book.TakeBatch();
  ASSERT_EQ(FoundIn(batch), Names{"a"});
  EXPECT_EQ(batch[0].found(0).first_seen_ms(), 1000);
}

TEST(FindingBook, TellsWhenARepairRunsAndWhenRootsChange) {
  FindingBook book;
  book.StreamOpened();
  book.Update({}, kKnown);
  TakeAcknowledged(book);
  EXPECT_TRUE(book.SetRepairing(true));
  EXPECT_FALSE(book.SetRepairing(true));
  Batch batch = TakeAcknowledged(book);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_TRUE(batch[0].repairing());
  EXPECT_EQ(batch[0].roots_size(), 0);
  v1::RootFacts root;
  root.set_path("/r");
  root.set_sessions(3);
  EXPECT_TRUE(book.SetRoots({root}));
  EXPECT_FALSE(book.SetRoots({root}));
  batch = TakeAcknowledged(book);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].roots_size(), 1);
}

TEST(FindingBook, TellsOfADrillOnceAndAgainOnEveryStream) {
  FindingBook book;
  book.StreamOpened();
  book.Update({}, kKnown);
  TakeAcknowledged(book);
  v1::DrillFacts drill;
  drill.set_began_ms(5);
  drill.set_passed(3);
  EXPECT_FALSE(book.SetDrill(std::nullopt)) << "nobody looked";
  EXPECT_TRUE(book.SetDrill(drill));
  EXPECT_FALSE(book.SetDrill(drill));
  Batch batch = TakeAcknowledged(book);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].last_drill().passed(), 3);
  book.SetRepairing(true);
  EXPECT_FALSE(TakeAcknowledged(book).at(0).has_last_drill());
  book.StreamOpened();
  EXPECT_TRUE(TakeAcknowledged(book).at(0).has_last_drill());
}

TEST(FindingBook, CountsTheWorseOfTwoFindingsOfOneFault) {
  FindingBook book;
  book.StreamOpened();
  book.Update({MakeFinding("a", Severity::kP3), MakeFinding("a", Severity::kP1)}, kKnown);
  const Batch batch = book.TakeBatch();
  ASSERT_EQ(batch[0].found_size(), 1);
  EXPECT_EQ(batch[0].found(0).severity(), v1::SEVERITY_P1);
}

TEST(ReportParts, SendsAnEnormousFindingWithoutItsPathsAndEvidence) {
  Finding finding = MakeFinding("a");
  for (int i = 0; i < 64; ++i) {
    finding.paths.push_back(std::string(4000, 'p'));
    finding.evidence[std::to_string(i)] = std::string(4000, 'e');
  }
  const v1::Finding wire = BoundedWire(finding);
  EXPECT_LE(wire.ByteSizeLong(), kMaxFindingBytes);
  EXPECT_EQ(wire.fingerprint(), finding.fingerprint);
  EXPECT_EQ(wire.path(), finding.path);
}

}  // namespace
}  // namespace fleet::agent
