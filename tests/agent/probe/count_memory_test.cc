#include "agent/probe/count_memory.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

constexpr std::int64_t kNow = 1'751'966'000'000;

QdrantFacts Seen(std::int64_t points) {
  QdrantFacts facts;
  facts.url = "http://localhost:6333";
  facts.collection = "AgentMemories";
  facts.vector_name = "fast-all-minilm-l6-v2";
  facts.server = QdrantFacts::Server::kAnswers;
  facts.found.emplace();
  facts.found->status = "green";
  facts.found->vectors = {{facts.vector_name, {384, "Cosine"}}};
  facts.found->points = points;
  return facts;
}

class CountMemoryTest : public ::testing::Test {
 protected:
  std::int64_t Points() {
    const auto found = memory_.collections.find("http://localhost:6333/collections/AgentMemories");
    return found == memory_.collections.end() ? -1 : found->second.points;
  }
  void See(const QdrantFacts& facts) { Remember(facts, {}, kNow, memory_); }

  CountMemory memory_;
};

TEST_F(CountMemoryTest, RemembersTheMostThatWasGood) {
  See(Seen(100));
  EXPECT_EQ(Points(), 100);
  See(Seen(120));
  EXPECT_EQ(Points(), 120);
  // A loss stays one, however slowly it comes.
  for (const std::int64_t points : {115, 110, 105, 0}) See(Seen(points));
  EXPECT_EQ(Points(), 120);
}

TEST_F(CountMemoryTest, ForgetsALossWhenAPersonAcceptsIt) {
  See(Seen(120));
  Accept(Seen(20), kNow, memory_);
  EXPECT_EQ(Points(), 20);
}

TEST_F(CountMemoryTest, LearnsNothingFromACollectionThatIsNotGood) {
  QdrantFacts red = Seen(100);
  red.found->status = "red";
  See(red);
  QdrantFacts other = Seen(100);
  other.found->vectors = {{"", {384, "Cosine"}}};
  See(other);
  QdrantFacts uncounted = Seen(0);
  uncounted.found->points.reset();
  See(uncounted);
  EXPECT_EQ(memory_, CountMemory());
  QdrantFacts grey = Seen(100);
  grey.found->status = "grey";
  See(grey);
  EXPECT_EQ(Points(), 100);
}

TEST_F(CountMemoryTest, CountsTimeoutsInARow) {
  QdrantFacts silent = Seen(0);
  silent.server = QdrantFacts::Server::kTimedOut;
  silent.found.reset();
  See(Seen(100));
  for (int i = 0; i < 5; ++i) See(silent);
  EXPECT_EQ(memory_.collections.begin()->second.timeouts_in_row, 3);
  EXPECT_EQ(Points(), 100);
  See(Seen(100));
  EXPECT_EQ(memory_.collections.begin()->second.timeouts_in_row, 0);
}

TEST_F(CountMemoryTest, IsReadBackFromItsText) {
  See(Seen(100));
  EXPECT_EQ(ParseCountMemory(CountMemoryText(memory_)), memory_);
}

TEST_F(CountMemoryTest, TakesAnyTextForNoMoreThanItSays) {
  for (const char* text : {"", "{", "[]", "null", R"({"collections":5})", R"({"collections":{"x":5}})"}) {
    EXPECT_EQ(ParseCountMemory(text), CountMemory()) << text;
  }
  const CountMemory odd =
      ParseCountMemory(R"({"collections":{"x":{"points":-5,"seen_ms":"y","timeouts_in_row":1e99}}})");
  EXPECT_EQ(odd.collections.at("x"), RememberedCollection());
}

TEST_F(CountMemoryTest, ReadsNothingWhereNothingIs) {
  const TempDir dir;
  EXPECT_EQ(ReadCountMemory(""), CountMemory());
  EXPECT_EQ(ReadCountMemory(dir / "no"), CountMemory());
  See(Seen(7));
  dir.Write("qdrant_counts.json", CountMemoryText(memory_));
  EXPECT_EQ(ReadCountMemory(dir.path()), memory_);
}

}  // namespace
}  // namespace fleet::agent
