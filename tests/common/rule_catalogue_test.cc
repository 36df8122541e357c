#include "common/rule_catalogue.h"

#include <gtest/gtest.h>

#include <set>

namespace fleet {
namespace {

const std::set<std::string_view> kComponents = {"storage", "sessions", "sub-sessions", "config",
                                                "qdrant",  "mcp",      "backups",      "machine"};

TEST(RuleCatalogue, EveryRowExplainsItself) {
  for (const Rule& rule : AllRules()) {
    EXPECT_EQ(kComponents.count(rule.component), 1U) << rule.code;
    EXPECT_GT(rule.meaning.size(), 40U) << rule.code;
    EXPECT_EQ(rule.meaning.back(), '.') << rule.code;
    EXPECT_FALSE(rule.action.empty()) << rule.code;
    EXPECT_GT(rule.number, 0) << rule.code;
  }
}

TEST(RuleCatalogue, CodesAreUnique) {
  std::set<std::string> codes;
  for (const Rule& rule : AllRules()) EXPECT_TRUE(codes.insert(rule.code).second) << rule.code;
}

TEST(RuleCatalogue, EveryClassOfDocumentsHasEveryFault) {
  for (const std::string cls : {"SESSION", "MESSAGE", "SUBSESSION", "INDEX", "CONFIG", "APP", "SHARE", "PERFORMANCE"}) {
    for (const std::string fault : {"_JSON_EMPTY", "_JSON_NUL", "_JSON_TRUNCATED", "_JSON_INVALID", "_ENCODING_INVALID",
                                    "_SHAPE_INVALID", "_OVERSIZE"}) {
      EXPECT_NE(FindRule(cls + fault), nullptr) << cls << fault;
    }
  }
}

TEST(RuleCatalogue, HoldsEveryRuleOfThisVersion) {
  for (const char* code : {"STORAGE_ROOT_MISSING",
                           "STORAGE_SUBDIR_MISSING",
                           "STORAGE_ENV_OVERRIDE_INVALID",
                           "LAYOUT_SPLIT",
                           "PROJECT_ALIAS_SPLIT",
                           "STORAGE_FOREIGN_LAYOUT",
                           "STORAGE_FOREIGN_FILE",
                           "TMP_LITTER",
                           "STORAGE_UNEXPECTED_TYPE",
                           "STORAGE_IO_ERROR",
                           "STORAGE_DUPLICATE_ID",
                           "STORAGE_CONFLICT_COPY",
                           "SESSION_FILE_MISSING",
                           "SESSION_MESSAGES_LOST",
                           "SESSION_ID_MISMATCH",
                           "SESSION_ID_MALFORMED",
                           "SESSION_TIME_INVALID",
                           "SESSION_ID_TIME_SKEW",
                           "SESSION_PARENT_MISSING",
                           "SESSION_PARENT_LITERAL",
                           "SESSION_PARENT_SELF",
                           "SESSION_PARENT_CYCLE",
                           "SHARE_MISMATCH",
                           "MESSAGE_ID_MISMATCH",
                           "MESSAGE_SESSION_MISMATCH",
                           "MESSAGE_INCOMPLETE",
                           "MESSAGE_TOOL_UNRESOLVED",
                           "MESSAGE_ORPHAN_DIR",
                           "MESSAGE_ID_EPOCH_WRAP",
                           "MESSAGE_ROLE_METADATA",
                           "CHILD_SESSION_UNTRACKED",
                           "SUBSESSION_SESSION_MISSING",
                           "ORPHAN_SUBSESSION",
                           "DELETED_RESIDUE",
                           "SUBSESSION_ID_MISMATCH",
                           "SUBSESSION_PARENT_MISMATCH",
                           "SUBSESSION_STATUS_INVALID",
                           "SUBSESSION_TIME_ORDER",
                           "SUBSESSION_STALE_RUNNING",
                           "SUBSESSION_HIDDEN_FAILURE",
                           "SUBSESSION_INDEX_MISSING",
                           "INDEX_MISSING_ENTRY",
                           "INDEX_DANGLING_ENTRY",
                           "INDEX_WRONG_PARENT",
                           "INDEX_DUPLICATE_ENTRY",
                           "INDEX_ORPHAN",
                           "INDEX_ENTRY_MALFORMED",
                           "GUIDE_INDEX_MISMATCH",
                           "PERM_DIR_ACCESS",
                           "PERM_FILE_ACCESS",
                           "AGENT_PROBE_QUARANTINED"}) {
    EXPECT_NE(FindRule(code), nullptr) << code;
  }
  EXPECT_EQ(FindRule("NO_SUCH_CODE"), nullptr);
  EXPECT_EQ(FindRule(""), nullptr);
}

TEST(RuleCatalogue, SeveritiesGoByWhatIsLost) {
  EXPECT_EQ(FindRule("SESSION_JSON_EMPTY")->severity, Severity::kP1);
  EXPECT_EQ(FindRule("MESSAGE_JSON_INVALID")->severity, Severity::kP1);
  EXPECT_EQ(FindRule("CONFIG_SHAPE_INVALID")->severity, Severity::kP1);
  EXPECT_EQ(FindRule("SUBSESSION_JSON_NUL")->severity, Severity::kP2);
  EXPECT_EQ(FindRule("INDEX_SHAPE_INVALID")->severity, Severity::kP2);
  EXPECT_EQ(FindRule("APP_JSON_EMPTY")->severity, Severity::kP3);
  EXPECT_EQ(FindRule("SESSION_OVERSIZE")->severity, Severity::kP3);
}

TEST(RuleCatalogue, NamesTheRepairOfTheClass) {
  EXPECT_EQ(FindRule("SESSION_JSON_EMPTY")->repair, "R-FILE-RECOVER");
  EXPECT_EQ(FindRule("INDEX_JSON_EMPTY")->repair, "R-INDEX");
  EXPECT_EQ(FindRule("CONFIG_JSON_EMPTY")->repair, "R-CONFIG-RECOVER");
  EXPECT_EQ(FindRule("MESSAGE_ENCODING_INVALID")->repair, "R-ENCODING");
  EXPECT_EQ(FindRule("MESSAGE_OVERSIZE")->repair, "");
}

TEST(RuleCatalogue, OnlyRepairsOfThisVersionAreDoneUnasked) {
  for (const Rule& rule : AllRules()) {
    if (rule.automatic) {
      EXPECT_NE(FindRepairDescription(rule.repair), nullptr) << rule.code;
    }
  }
}

TEST(Repairs, AnUnknownOneIsRefusedByName) {
  EXPECT_EQ(RepairRefusal("R-FUTURE"), "R-FUTURE is not part of this version");
  EXPECT_EQ(RepairRefusal("R-INDEX"), "");
  EXPECT_EQ(RepairRefusal(""), "");
  for (const RepairDescription& repair : AllRepairDescriptions()) EXPECT_EQ(FindRepairDescription(repair.id), &repair);
}

}  // namespace
}  // namespace fleet
