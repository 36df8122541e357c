#include "coordinator/ctl/dispatch_flags.h"

#include <gtest/gtest.h>

namespace fleet::coordinator {

namespace {

TEST(DispatchFlags, WithoutAnActionItRepairsWhatNeedsNoConsent) {
  const auto action = ActionOf({});
  ASSERT_TRUE(action.ok());
  EXPECT_TRUE(action->has_repair());
  EXPECT_EQ(action->repair().repairs_size(), 0);
}

TEST(DispatchFlags, TakesRepairsCodesSessionAndConsent) {
  DispatchFlags flags;
  flags.repairs = {"R-INDEX", "R-TMP"};
  flags.codes = {"TMP_LITTER"};
  flags.session = "ses_1";
  flags.consent = {"R-TMP"};
  const auto action = ActionOf(flags);
  ASSERT_TRUE(action.ok());
  EXPECT_EQ(action->repair().repairs(1), "R-TMP");
  EXPECT_EQ(action->repair().codes(0), "TMP_LITTER");
  EXPECT_EQ(action->repair().session_id(), "ses_1");
  EXPECT_EQ(action->repair().consent(0), "R-TMP");
}

TEST(DispatchFlags, TakesACheckOrAnUndo) {
  DispatchFlags check;
  check.check = true;
  EXPECT_TRUE(ActionOf(check)->has_check());
  DispatchFlags undo;
  undo.undo = "jrn_1";
  EXPECT_EQ(ActionOf(undo)->undo().journal_id(), "jrn_1");
}

TEST(DispatchFlags, RefusesTwoActionsAtOnce) {
  DispatchFlags flags;
  flags.check = true;
  flags.codes = {"TMP_LITTER"};
  EXPECT_EQ(ActionOf(flags).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DispatchFlags, RefusesANameThatIsNoRepair) {
  DispatchFlags flags;
  flags.repairs = {"INDEX"};
  EXPECT_EQ(ActionOf(flags).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DispatchFlags, RefusesToSelectNothingAndNamesTheChoices) {
  const auto selector = SelectorOf({});
  ASSERT_FALSE(selector.ok());
  const std::string message(selector.status().message());
  for (const char* choice : {"--agent", "--with-code", "--health", "--all"}) {
    EXPECT_NE(message.find(choice), std::string::npos) << choice;
  }
}

TEST(DispatchFlags, RefusesAllTogetherWithSomethingNarrower) {
  DispatchFlags flags;
  flags.all = true;
  flags.agents = {"host-a"};
  EXPECT_FALSE(SelectorOf(flags).ok());
}

TEST(DispatchFlags, RefusesAHealthStateThatDoesNotExist) {
  DispatchFlags flags;
  flags.health = {"poorly"};
  EXPECT_FALSE(SelectorOf(flags).ok());
}

TEST(DispatchFlags, SelectsByAllThatIsGiven) {
  DispatchFlags flags;
  flags.agents = {"host-a"};
  flags.with_codes = {"TMP_LITTER"};
  flags.health = {"warning"};
  const auto selector = SelectorOf(flags);
  ASSERT_TRUE(selector.ok());
  EXPECT_EQ(selector->agent_ids(0), "host-a");
  EXPECT_EQ(selector->codes(0), "TMP_LITTER");
  EXPECT_EQ(selector->health(0), "warning");
  EXPECT_FALSE(selector->all());
}

}  // namespace

}  // namespace fleet::coordinator
