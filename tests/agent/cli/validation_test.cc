#include "agent/cli/validation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

TEST(PositionAt, CountsLinesAndColumnsFromOne) {
  const std::string text = "{\n  \"a\": 1,\n}";
  EXPECT_EQ(PositionAt(text, 0).line, 1);
  EXPECT_EQ(PositionAt(text, 0).column, 1);
  EXPECT_EQ(PositionAt(text, 12).line, 3);
  EXPECT_EQ(PositionAt(text, 12).column, 1);
  EXPECT_EQ(PositionAt(text, 4).column, 3);
  EXPECT_EQ(PositionAt(text, 1'000).line, 3) << "an offset behind the end is the end";
}

TEST(Validation, TellsWhereANamedFileBreaks) {
  const TempDir dir;
  dir.Write("dgmo.json", "{\n  \"theme\": \"nord\",\n}");
  ValidationReport report;
  AddFile(dir / "dgmo.json", report);
  ASSERT_EQ(report.invalid.size(), 1U);
  EXPECT_EQ(report.invalid[0].cls, "CONFIG");
  EXPECT_EQ(report.invalid[0].fault, "invalid");
  ASSERT_TRUE(report.invalid[0].position);
  EXPECT_EQ(report.invalid[0].position->line, 3);
  EXPECT_EQ(report.invalid[0].position->column, 1);
}

TEST(Validation, AcceptsWhatTheProgramAccepts) {
  const TempDir dir;
  dir.Write("config.json", "\xEF\xBB\xBF{}");
  dir.Write("anything.json", "[1,\"\\ud83d\"]\n");
  ValidationReport report;
  AddFile(dir / "config.json", report);
  AddFile(dir / "anything.json", report);
  EXPECT_EQ(report.files, 2);
  EXPECT_TRUE(report.invalid.empty());
}

TEST(Validation, AMissingFileIsNotAValidOne) {
  const TempDir dir;
  ValidationReport report;
  AddFile(dir / "none.json", report);
  EXPECT_EQ(report.files, 0);
  EXPECT_EQ(report.unreadable.size(), 1U);
}

TEST(Validation, ListsTheDamageOfAHomeWithItsOffsets) {
  StoreBuilder store;
  store.Family().Damage(store.PathOf(DocumentClass::kIndex, Ses(9)), FaultKind::kTruncated);
  ValidationReport report;
  AddHome(HomeOf({store}), report);
  ASSERT_EQ(report.invalid.size(), 1U);
  const nlohmann::ordered_json json = ValidationJson(report);
  EXPECT_EQ(json["invalid"][0]["class"], "INDEX");
  EXPECT_EQ(json["invalid"][0]["fault"], "truncated");
  EXPECT_EQ(json["invalid"][0]["offset"], 7);
  EXPECT_TRUE(json["invalid"][0]["line"].is_null()) << "the text is not at hand";
}

}  // namespace
}  // namespace fleet::agent
