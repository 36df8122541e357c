#include "coordinator/core/command_rules.h"

#include <gtest/gtest.h>

#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

// Row: from; column: to, both in the order of v1::CommandState:
// unspecified, Queued, Delivered, Started, sUcceeded, Failed, Expired, Cancelled, unKnown.
constexpr std::string_view kAllowed[kCommandStates] = {
    ".........",  // UNSPECIFIED
    "..xxxxxxx",  // QUEUED
    "...xxxxxx",  // DELIVERED
    "....xx..x",  // STARTED
    ".........",  // SUCCEEDED
    ".........",  // FAILED
    ".........",  // EXPIRED
    ".........",  // CANCELLED
    "....xxxxx",  // UNKNOWN
};

TEST(CommandRules, AllowExactlyTheTransitionsOfTheTable) {
  for (int from = 0; from < kCommandStates; ++from) {
    for (int to = 0; to < kCommandStates; ++to) {
      const bool allowed = MayBecome(static_cast<v1::CommandState>(from), static_cast<v1::CommandState>(to));
      EXPECT_EQ(allowed, kAllowed[from][static_cast<std::size_t>(to)] == 'x') << from << " to " << to;
    }
  }
  EXPECT_FALSE(MayBecome(static_cast<v1::CommandState>(77), v1::COMMAND_STATE_STARTED));
  EXPECT_FALSE(MayBecome(v1::COMMAND_STATE_QUEUED, static_cast<v1::CommandState>(-1)));
}

TEST(CommandRules, ARepairCoversWhatItsFiltersName) {
  Finding finding = MakeFinding("f");
  finding.subject_id = "ses_1";
  EXPECT_TRUE(Covers(RepairOf(), finding));
  EXPECT_TRUE(Covers(RepairOf({"R-TMP", "R-INDEX"}), finding));
  EXPECT_FALSE(Covers(RepairOf({"R-TMP"}), finding));
  v1::Action action = RepairOf();
  action.mutable_repair()->add_codes("other.code");
  EXPECT_FALSE(Covers(action, finding));
  action.mutable_repair()->add_codes(finding.code);
  EXPECT_TRUE(Covers(action, finding));
  action.mutable_repair()->set_session_id("ses_12");
  EXPECT_FALSE(Covers(action, finding));
  action.mutable_repair()->set_session_id("ses_1");
  EXPECT_TRUE(Covers(action, finding));
  finding.subject_id = "ses_1/msg_1";
  EXPECT_TRUE(Covers(action, finding));
  finding.repair.clear();
  EXPECT_FALSE(Covers(RepairOf(), finding));
  v1::Action check;
  check.mutable_check();
  EXPECT_FALSE(Covers(check, MakeFinding("f")));
}

TEST(CommandRules, RefuseActionsThatAreNotWellFormed) {
  EXPECT_TRUE(CheckAction(RepairOf({"R-FILE-RECOVER"})).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAction(v1::Action())));
  for (const char* id : {"", "R-", "INDEX", "R-index", "R-INDEX;rm", "R-../X", "r-INDEX"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckAction(RepairOf({id})))) << id;
    v1::Action consent = RepairOf();
    consent.mutable_repair()->add_consent(id);
    EXPECT_TRUE(absl::IsInvalidArgument(CheckAction(consent))) << id;
  }
  v1::Action undo;
  undo.mutable_undo();
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAction(undo)));
  undo.mutable_undo()->set_journal_id("j1");
  EXPECT_TRUE(CheckAction(undo).ok());
}

TEST(CommandRules, BoundTheEvidenceOfAnAgent) {
  v1::CommandResult result;
  result.set_summary(std::string(5000, 's'));
  for (int i = 0; i < 700; ++i) result.add_outcomes()->set_reason(std::string(2000, 'r'));
  const v1::CommandResult bounded = Bounded(result);
  EXPECT_EQ(bounded.outcomes_size(), 500);
  EXPECT_EQ(bounded.total_outcomes(), 700);
  EXPECT_LE(bounded.summary().size(), 1024u);
  EXPECT_LE(bounded.outcomes(499).reason().size(), 1024u);
}

}  // namespace
}  // namespace fleet::coordinator
