#include "agent/qdrant/points.h"

#include <gtest/gtest.h>

#include "agent/qdrant/point_file.h"
#include "common/status.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using Json = nlohmann::json;

TEST(Points, TheVectorGetsItsNameAndNothingElseChanges) {
  const Json point = Json::parse(R"({"id":18446744073709551615,"payload":{"document":"x"},"vector":[0.1,0.2]})");
  EXPECT_EQ(Rekeyed(point, {"", "new"}),
            Json::parse(R"({"id":18446744073709551615,"payload":{"document":"x"},"vector":{"new":[0.1,0.2]}})"));
  const Json named = Json::parse(R"({"id":1,"payload":null,"vector":{"old":[1],"other":[2]}})");
  EXPECT_EQ(Rekeyed(named, {"old", "new"}), Json::parse(R"({"id":1,"payload":{},"vector":{"new":[1],"other":[2]}})"));
}

TEST(Points, OnesWithoutVectorOrPayloadAreWrittenWithoutThem) {
  for (const char* text : {R"({"id":1})", R"({"id":1,"vector":null,"payload":null})", R"({"id":1,"vector":{}})"}) {
    EXPECT_EQ(Rekeyed(Json::parse(text), {"", "new"}), Json::parse(R"({"id":1,"payload":{},"vector":{}})")) << text;
    EXPECT_FALSE(HasVector(Json::parse(text), ""));
  }
}

TEST(Points, ComparesAsTheServerKeepsNumbers) {
  const Json point = Json::parse(R"({"id":1,"payload":{"a":[1,{"b":null}]},"vector":{"v":[0.013,-0.042]}})");
  EXPECT_TRUE(Compare(point, point).is_same);
  // The same number of 32 bits, written with other digits.
  Json longer = point;
  longer["vector"]["v"][0] = static_cast<double>(0.013F);
  EXPECT_TRUE(Compare(point, longer).is_same);
  EXPECT_FALSE(Compare(point, longer).is_rounded);
  Json rounded = point;
  rounded["vector"]["v"][0] = 0.0130000015;
  EXPECT_TRUE(Compare(point, rounded).is_same);
  EXPECT_TRUE(Compare(point, rounded).is_rounded);
}

TEST(Points, SeesEveryKindOfDifference) {
  const Json point = Json::parse(R"({"id":1,"payload":{"document":"x"},"vector":{"v":[0.6,0.8]}})");
  const auto difference = [&](const char* text) { return Compare(point, Json::parse(text)).difference; };
  EXPECT_EQ(difference(R"({"id":1,"payload":{"document":"y"},"vector":{"v":[0.6,0.8]}})"), "its payload differs");
  EXPECT_EQ(difference(R"({"id":1,"payload":{},"vector":{"v":[0.6,0.8]}})"), "its payload differs");
  EXPECT_EQ(difference(R"({"id":1,"payload":{"document":"x"},"vector":{"v":[0.8,0.6]}})"), "its vector differs");
  EXPECT_EQ(difference(R"({"id":1,"payload":{"document":"x"},"vector":{"v":[0.6]}})"), "its vector differs");
  EXPECT_EQ(difference(R"({"id":1,"payload":{"document":"x"},"vector":{"w":[0.6,0.8]}})"), "its vector differs");
  EXPECT_EQ(difference(R"({"id":1,"payload":{"document":"x"},"vector":{}})"), "it has other vectors");
  EXPECT_EQ(difference(R"({"id":1,"payload":{"document":"x"},"vector":{"v":[0,0]}})"), "its vector differs");
}

TEST(PointFile, GivesBackWhatWasWritten) {
  const TempDir dir;
  const std::string path = dir / "points.jsonl";
  std::vector<Json> written;
  {
    auto file = PointFileWriter::Open(path);
    ASSERT_TRUE(file.ok()) << file.status();
    for (std::uint64_t i = 0; i < 130; ++i) {
      written.push_back({{"id", 18'446'744'073'709'551'615ULL - i},
                         {"payload", {{"document", "Zeile\n\"✓\""}, {"n", 0.1 + static_cast<double>(i)}}},
                         {"vector", {static_cast<double>(0.1F), 1e-38, -3.5}}});
      ASSERT_TRUE(file->Add(written.back()).ok());
    }
    EXPECT_FALSE(std::filesystem::exists(path)) << "not before it is whole";
    const auto summary = file->Finish();
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->points, 130);
  }
  std::vector<Json> read;
  std::vector<std::size_t> sizes;
  ASSERT_TRUE(ReadPointFile(path, 64, [&](const std::vector<Json>& points) {
                sizes.push_back(points.size());
                read.insert(read.end(), points.begin(), points.end());
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(read, written);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{64, 64, 2}));
}

TEST(PointFile, AnAbandonedOneLeavesNothing) {
  const TempDir dir;
  {
    auto file = PointFileWriter::Open(dir / "points.jsonl");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Add({{"id", 1}}).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(PointFile, ALineThatIsNoPointIsAnError) {
  const TempDir dir;
  std::ofstream(dir / "points.jsonl") << "{\"id\":1}\n{\"id\":2";
  const absl::Status status =
      ReadPointFile(dir / "points.jsonl", 64, [](const std::vector<Json>&) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_NE(MessageOf(status).find("line 2"), std::string::npos) << status;
}

}  // namespace
}  // namespace fleet::agent
