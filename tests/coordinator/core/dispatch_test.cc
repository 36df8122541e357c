#include <gtest/gtest.h>

#include <numeric>

#include "coordinator/core/dispatch_plan.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

// Machines a (healthy), b (P1, code x), c (P2, codes x and y).
class Dispatches : public ::testing::Test {
 protected:
  Dispatches() {
    EXPECT_TRUE(brain.Attach(1, "a").ok());
    EXPECT_TRUE(brain.Attach(2, "b").ok());
    EXPECT_TRUE(brain.Attach(3, "c").ok());
    EXPECT_TRUE(brain.Full(2, {MakeFinding("f1", Severity::kP1, "x")}).ok());
    EXPECT_TRUE(brain.Full(3, {MakeFinding("f1", Severity::kP2, "x"), MakeFinding("f2", Severity::kP3, "y", "")}).ok());
  }

  absl::StatusOr<DispatchPlan> Plan(const v1::Selector& selector) {
    return PlanDispatch(brain.state(), selector, RepairOf());
  }
  std::string Targets(const v1::Selector& selector) {
    const auto plan = Plan(selector);
    if (!plan.ok()) return plan.status().ToString();
    std::string ids;
    for (const auto& target : plan->targets) ids += target.agent->id;
    return ids;
  }
  v1::StartDispatchRequest Request(const v1::Selector& selector = Everyone()) {
    v1::StartDispatchRequest request;
    *request.mutable_selector() = selector;
    *request.mutable_action() = RepairOf();
    return request;
  }

  Brain brain;
};

TEST_F(Dispatches, APlanNamesExactlyTheMachinesThatAllPartsMean) {
  v1::Selector selector;
  EXPECT_TRUE(absl::IsInvalidArgument(Plan(selector).status()));
  EXPECT_EQ(Targets(Everyone()), "abc");
  selector.add_codes("x");
  selector.add_codes("nobody has it");
  EXPECT_EQ(Targets(selector), "bc");
  selector.add_health("critical");
  selector.add_health("healthy");
  EXPECT_EQ(Targets(selector), "b");
  selector.add_agent_ids("host-c");
  EXPECT_EQ(Targets(selector), "");
  selector.add_agent_ids("b");
  EXPECT_EQ(Targets(selector), "b");
  selector.add_agent_ids("zzz");
  EXPECT_TRUE(absl::IsNotFound(Plan(selector).status()));
  v1::Selector word;
  word.add_health("fine");
  EXPECT_TRUE(absl::IsInvalidArgument(Plan(word).status()));
}

TEST_F(Dispatches, APlanCountsTheFindingsThatTheActionWouldLookAfter) {
  const auto plan = Plan(Everyone());
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->targets[0].matching_findings, 0);
  EXPECT_EQ(plan->targets[1].matching_findings, 1);
  EXPECT_EQ(plan->targets[2].matching_findings, 1) << "the other has no repair";
}

TEST_F(Dispatches, AreRefusedWhenThePlanNoLongerHolds) {
  v1::Selector sick;
  sick.add_codes("x");
  v1::StartDispatchRequest request = Request(sick);
  request.set_plan_hash(Plan(sick)->plan_hash);
  ASSERT_TRUE(brain.Difference(3, {}, {"f1"}).ok());
  EXPECT_TRUE(absl::IsAborted(brain.Start(request).status()));
  request.set_plan_hash(Plan(sick)->plan_hash);
  *request.mutable_action() = RepairOf({"R-TMP"});
  EXPECT_TRUE(absl::IsAborted(brain.Start(request).status()));
  *request.mutable_action() = RepairOf();
  EXPECT_TRUE(brain.Start(request).ok());
}

TEST_F(Dispatches, AreRefusedWithAClearReason) {
  EXPECT_TRUE(absl::IsInvalidArgument(brain.Start(v1::Selector(), RepairOf()).status()));
  v1::Selector nobody;
  nobody.add_codes("nobody has it");
  EXPECT_TRUE(absl::IsFailedPrecondition(brain.Start(nobody, RepairOf()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(brain.Start(Everyone(), v1::Action()).status()));
  v1::StartDispatchRequest request = Request();
  request.set_expires_in_ms(-1);
  EXPECT_TRUE(absl::IsInvalidArgument(brain.Start(request).status()));
  request.set_expires_in_ms(std::int64_t{31} * 24 * 3'600'000);
  EXPECT_TRUE(absl::IsInvalidArgument(brain.Start(request).status()));
  EXPECT_TRUE(absl::IsNotFound(brain.Cancel("dsp_none").status()));
  EXPECT_TRUE(brain.state().dispatches().empty());
}

TEST_F(Dispatches, ExpireAfterAnHourUnlessToldOtherwise) {
  v1::StartDispatchRequest request = Request();
  auto view = brain.Start(request);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->row->expires_ms - view->row->created_ms, 3'600'000);
  request.set_expires_in_ms(5'000);
  view = brain.Start(request);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->row->expires_ms - view->row->created_ms, 5'000);
  const v1::CommandOffer& offer = brain.outputs.sent.back().second.command_offer();
  EXPECT_EQ(offer.expires_in_ms(), 5'000);
  EXPECT_TRUE(offer.action().has_repair());
}

TEST_F(Dispatches, ARepeatedRequestAnswersTheDispatchItStarted) {
  v1::StartDispatchRequest request = Request();
  request.set_request_id("r1");
  const auto first = brain.Start(request);
  ASSERT_TRUE(first.ok());
  brain.Restart();
  const auto again = brain.Start(request);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->row->id, first->row->id);
  EXPECT_EQ(brain.state().dispatches().size(), 1u);
  *request.mutable_action() = RepairOf({"R-TMP"});
  EXPECT_TRUE(absl::IsAlreadyExists(brain.Start(request).status()));
}

TEST_F(Dispatches, CountsAlwaysAddUpToTheMachines) {
  const auto view = brain.Start(Everyone(), RepairOf());
  ASSERT_TRUE(view.ok());
  const auto counts = [&] { return GetDispatch(brain.state(), view->row->id, 0)->counts; };
  const auto sum = [&] {
    const auto now = counts();
    return std::accumulate(now.begin(), now.end(), std::int64_t{0});
  };
  EXPECT_EQ(counts()[v1::COMMAND_STATE_QUEUED], 3);
  ASSERT_TRUE(brain.Update(1, view->commands[0].row->id, v1::COMMAND_STATE_STARTED).ok());
  EXPECT_EQ(sum(), 3);
  ASSERT_TRUE(brain.Update(1, view->commands[0].row->id, v1::COMMAND_STATE_SUCCEEDED).ok());
  ASSERT_TRUE(brain.Update(2, view->commands[1].row->id, v1::COMMAND_STATE_FAILED).ok());
  EXPECT_EQ(GetDispatch(brain.state(), view->row->id, 0)->state, v1::DISPATCH_STATE_RUNNING);
  brain.executor.Advance(2 * kHour);
  EXPECT_EQ(counts()[v1::COMMAND_STATE_SUCCEEDED], 1);
  EXPECT_EQ(counts()[v1::COMMAND_STATE_FAILED], 1);
  EXPECT_EQ(counts()[v1::COMMAND_STATE_UNKNOWN], 1);
  EXPECT_EQ(sum(), 3);
  EXPECT_EQ(GetDispatch(brain.state(), view->row->id, 0)->state, v1::DISPATCH_STATE_ENDED);
}

TEST_F(Dispatches, OnlyAttachedMachinesGetTheirOfferAtOnce) {
  ASSERT_TRUE(brain.Detach(2).ok());
  brain.outputs.sent.clear();
  ASSERT_TRUE(brain.Start(Everyone(), RepairOf()).ok());
  ASSERT_EQ(brain.outputs.sent.size(), 2u);
  EXPECT_EQ(brain.outputs.sent[0].first, StreamId{1});
  EXPECT_EQ(brain.outputs.sent[1].first, StreamId{3});
}

}  // namespace
}  // namespace fleet::coordinator
