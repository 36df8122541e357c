#include "agent/cli/explain_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ExplainText, SaysWhatACodeMeansAndWhatCuresIt) {
  const std::string text = RuleText(*FindRule("TMP_LITTER"));
  EXPECT_THAT(text, HasSubstr("TMP_LITTER"));
  EXPECT_THAT(text, HasSubstr("P1 among the session infos"));
  EXPECT_THAT(text, HasSubstr("R-TMP"));
  EXPECT_THAT(RuleText(*FindRule("STORAGE_IO_ERROR")), HasSubstr("Repair         none"));
}

TEST(ExplainText, SaysWhatARepairCures) {
  const std::string text = RepairDescriptionText(*FindRepairDescription("R-SUBSESSION-SYNTH"));
  EXPECT_THAT(text, HasSubstr("CHILD_SESSION_UNTRACKED"));
  EXPECT_THAT(text, HasSubstr("undo"));
}

TEST(ExplainText, TheListHoldsEveryCodeAndEveryRepair) {
  const std::string text = CatalogueText();
  for (const Rule& rule : AllRules()) EXPECT_THAT(text, HasSubstr(rule.code));
  for (const RepairDescription& repair : AllRepairDescriptions()) EXPECT_THAT(text, HasSubstr(std::string(repair.id)));
  EXPECT_EQ(CatalogueJson()["rules"].size(), AllRules().size());
  EXPECT_EQ(CatalogueJson()["repairs"].size(), AllRepairDescriptions().size());
}

TEST(ExplainJson, AbsentTextsAreNull) {
  const nlohmann::ordered_json json = RuleJson(*FindRule("SESSION_TIME_INVALID"));
  EXPECT_TRUE(json["repair"].is_null());
  EXPECT_TRUE(json["severity_note"].is_null());
  EXPECT_EQ(json["severity"], "P3");
}

TEST(NearNames, SuggestWhatWasMeant) {
  EXPECT_EQ(NearNames("TMP_LITER").at(0), "TMP_LITTER");
  EXPECT_EQ(NearNames("R-INDX").at(0), "R-INDEX");
  EXPECT_THAT(NearNames("DANGLING"), Contains("INDEX_DANGLING_ENTRY"));
  EXPECT_LE(NearNames("JSON").size(), 5U);
  EXPECT_THAT(NearNames("QQQQQQQQQQ"), IsEmpty());
  EXPECT_THAT(NearNames(std::string(1'000'000, 'A')), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
