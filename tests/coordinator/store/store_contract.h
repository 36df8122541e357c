#pragma once

#include <gtest/gtest.h>

#include "coordinator/core/store.h"
#include "tests/support/brain.h"
#include "tests/support/same_state.h"

namespace fleet::coordinator {

// What every Store promises. A backend has Open(), which opens the same database each time; its Store must have
// been destroyed before.
template <class Backend>
class StoreContract : public ::testing::Test {
 protected:
  void Reopen() {
    store_.reset();
    auto store = backend_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void SetUp() override { Reopen(); }

  FleetState Loaded() {
    FleetState state;
    const auto rows = store_->Load();
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (!rows.ok()) return state;
    for (const Change& row : *rows) state.Apply(row);
    return state;
  }

  Backend backend_;
  std::unique_ptr<Store> store_;
};
TYPED_TEST_SUITE_P(StoreContract);

// Rows with something in every column, texts of every kind among them.
inline std::vector<Change> FullRows() {
  const std::string odd = "ü '\";-- \n\t日本 $1 %s {}";
  AgentRow agent{"a",         odd, "1.2", "Linux", 1, 2, Connectivity::kStale, true, 3, 4, 5, {22, true, 23, 24, 25},
                 {6, 7, 8, 9}};
  auto finding = std::make_shared<Finding>(MakeFinding("f", Severity::kP1));
  finding->paths = {"/x/" + odd, ""};
  finding->evidence["text"] = odd;
  finding->evidence["big"] = std::int64_t{9'007'199'254'740'993};
  finding->auto_repair = true;
  finding->refusal = odd;
  finding->root = "/home/" + odd;
  finding->first_seen_ms = 10;
  finding->last_seen_ms = 11;
  IncidentRow incident{"inc",
                       "a",
                       odd,
                       v1::INCIDENT_STATE_REPAIRING,
                       Severity::kP0,
                       finding,
                       12,
                       13,
                       14,
                       true,
                       true,
                       odd,
                       31,
                       32,
                       15,
                       "cmd",
                       2,
                       1,
                       3,
                       33};
  NoticeRow notice;
  notice.channel = odd;
  notice.notice = {.id = "inc-0",
                   .kind = NoticeKind::kReminder,
                   .incident_id = "inc",
                   .severity = Severity::kP1,
                   .code = "CODE",
                   .agent_id = "a",
                   .host_name = odd,
                   .subject = odd,
                   .lines = {"one", "two"},
                   .owner = "mira",
                   .link = "https://x/inc",
                   .opened_ms = 34,
                   .at_ms = 35,
                   .respond_by_ms = 36,
                   .thread = ""};
  notice.state = NoticeState::kDead;
  notice.attempts = 37;
  notice.due_ms = kHeldBack;
  notice.ended_ms = 38;
  notice.thread = "12";
  notice.detail = odd;
  DispatchRow dispatch{"dsp", Everyone(), std::make_shared<v1::Action>(RepairOf({"R-INDEX"})), 16, 17, odd, "r", true};
  auto result = std::make_shared<v1::CommandResult>();
  result->set_summary(odd);
  result->add_outcomes()->set_verified(true);
  CommandRow command{"cmd", "dsp", "a", odd, dispatch.action, v1::COMMAND_STATE_UNKNOWN, result, 18, 19, 20, 21, true};
  CommandRow bare = command;
  bare.id = "cmd2";
  bare.result = nullptr;
  return {Put(agent),
          Put(FindingRow{"a", finding}),
          Put(TimelineRow{"inc", 0, 22, "opened", odd}),
          Put(TimelineRow{"inc", 1, 23, "resolved", ""}),
          Put(incident),
          Put(notice),
          Put(dispatch),
          Put(command),
          Put(bare)};
}

inline FleetState StateOf(std::span<const Change> changes) {
  FleetState state;
  for (const Change& change : changes) state.Apply(change);
  return state;
}

TYPED_TEST_P(StoreContract, IsEmptyAtFirst) { EXPECT_TRUE(this->store_->Load()->empty()); }

TYPED_TEST_P(StoreContract, KeepsEveryColumnOfEveryRow) {
  const std::vector<Change> rows = FullRows();
  ASSERT_TRUE(this->store_->Commit(rows).ok());
  this->Reopen();
  EXPECT_TRUE(SameState(this->Loaded(), StateOf(rows)));
}

TYPED_TEST_P(StoreContract, ALaterRowOfAKeyReplacesTheEarlier) {
  std::vector<Change> rows = FullRows();
  ASSERT_TRUE(this->store_->Commit(rows).ok());
  AgentRow agent = *std::get<RowChange<AgentRow>>(rows[0]).row;
  agent.host_name = "renamed";
  AgentRow blank;
  blank.id = agent.id;
  const std::vector<Change> twice{Put(blank), Put(agent)};
  ASSERT_TRUE(this->store_->Commit(twice).ok());
  rows[0] = Put(agent);
  EXPECT_TRUE(SameState(this->Loaded(), StateOf(rows)));
}

TYPED_TEST_P(StoreContract, DropsWhatIsDropped) {
  ASSERT_TRUE(this->store_->Commit(FullRows()).ok());
  const std::vector<Change> drops{
      Drop<FindingRow>({"a", "f"}),  Drop<NoticeRow>({"inc", 0}), Drop<TimelineRow>({"inc", 0}),
      Drop<TimelineRow>({"inc", 1}), Drop<IncidentRow>("inc"),    Drop<CommandRow>("cmd"),
      Drop<CommandRow>("cmd2"),      Drop<DispatchRow>("dsp"),    Drop<DispatchRow>("never there")};
  ASSERT_TRUE(this->store_->Commit(drops).ok());
  EXPECT_EQ(this->store_->Load()->size(), 1u);
}

TYPED_TEST_P(StoreContract, ACommitIsAllOrNothing) {
  const std::vector<Change> rows = FullRows();
  ASSERT_TRUE(this->store_->Commit(rows).ok());
  AgentRow agent;
  agent.id = "new";
  // A finding of a machine that does not exist is refused.
  const std::vector<Change> bad{Put(agent), Drop<TimelineRow>({"inc", 0}),
                                Put(FindingRow{"nobody", std::make_shared<Finding>(MakeFinding("f"))})};
  EXPECT_FALSE(this->store_->Commit(bad).ok());
  EXPECT_TRUE(SameState(this->Loaded(), StateOf(rows)));
  EXPECT_TRUE(this->store_->Commit(std::vector<Change>{Put(agent)}).ok()) << "the next commit is not disturbed";
}

TYPED_TEST_P(StoreContract, LinksAreNotStored) {
  LinkRow link;
  link.agent_id = "a";
  ASSERT_TRUE(this->store_->Commit(std::vector<Change>{Put(link), Drop<LinkRow>(StreamId{1})}).ok());
  EXPECT_TRUE(this->store_->Load()->empty());
}

TYPED_TEST_P(StoreContract, TakesEveryTurnOfALivingFleet) {
  Brain brain;
  brain.store.on_commit = [this](std::span<const Change> changes) {
    const absl::Status status = this->store_->Commit(changes);
    EXPECT_TRUE(status.ok()) << status;
  };
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f"), MakeFinding("g", Severity::kP1)}).ok());
  const auto view = brain.Start(Everyone(), RepairOf());
  ASSERT_TRUE(view.ok());
  const std::string command = view->commands.at(0).row->id;
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  ASSERT_TRUE(brain.Difference(1, {MakeFinding("g", Severity::kP0)}, {"f"}).ok());
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_SUCCEEDED, "done").ok());
  ASSERT_TRUE(brain.Detach(1).ok());
  brain.executor.Advance(80 * kHour);
  EXPECT_TRUE(SameState(this->Loaded(), brain.state()));
  brain.clock.Advance(100 * 24 * kHour);
  brain.executor.Advance(20 * kSecond);
  EXPECT_TRUE(brain.state().dispatches().empty());
  EXPECT_TRUE(SameState(this->Loaded(), brain.state()));
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, IsEmptyAtFirst, KeepsEveryColumnOfEveryRow,
                            ALaterRowOfAKeyReplacesTheEarlier, DropsWhatIsDropped, ACommitIsAllOrNothing,
                            LinksAreNotStored, TakesEveryTurnOfALivingFleet);

}  // namespace fleet::coordinator
