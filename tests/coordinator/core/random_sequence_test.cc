#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "coordinator/core/check_state.h"
#include "tests/support/brain.h"
#include "tests/support/effort.h"
#include "tests/support/same_state.h"

namespace fleet::coordinator {
namespace {

std::string Numbered(std::string name, int number) { return name.append(std::to_string(number)); }

// Whatever happens in whatever order: after each turn the counters are those of a recount, the rows hang together,
// and a restart would know the same.
class RandomSequence : public ::testing::TestWithParam<unsigned> {
 protected:
  RandomSequence() {
    brain_.escalation.chains[0] = {.steps = {{0, {"x", "y"}}, {60'000, {"y", "z"}}}, .repeat_ms = 600'000};
    brain_.escalation.chains[1] = {.steps = {{0, {"x"}}, {600'000, {"z"}}}, .repeat_ms = 0};
    brain_.Restart();
  }

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  std::string AnyAgent() { return Numbered("agent", Below(4)); }
  int AnyStream() { return streams_ - Below(std::max(1, std::min(streams_, 5))); }
  std::vector<Finding> AnyFindings() {
    std::vector<Finding> findings;
    for (int i = Below(4); i > 0; --i) {
      findings.push_back(MakeFinding(Numbered("f", Below(6)), static_cast<Severity>(Below(4)),
                                     Numbered("code", Below(3)), Below(3) == 0 ? "R-TMP" : "R-INDEX"));
    }
    return findings;
  }
  template <class Rows>
  std::string AnyKey(const Rows& rows) {
    if (rows.empty()) return "none";
    return std::next(rows.begin(), Below(static_cast<int>(rows.size())))->first;
  }

  void Report() {
    const int stream = AnyStream();
    v1::FindingReport report = brain_.NextReport(stream, Below(2) == 0);
    for (const Finding& finding : AnyFindings()) *report.add_found() = ToWire(finding);
    report.add_gone_fingerprints(Numbered("f", Below(6)));
    if (Below(4) == 0) report.add_unknown_paths("/");
    report.set_more(report.full() && Below(4) == 0);
    report.set_repairing(Below(5) == 0);
    brain_.Report(stream, std::move(report)).IgnoreError();
  }
  void Dispatch() {
    v1::StartDispatchRequest request;
    if (Below(2) == 0) request.mutable_selector()->set_all(true);
    if (Below(3) == 0) request.mutable_selector()->add_codes(Numbered("code", Below(3)));
    *request.mutable_action() = Below(3) == 0 ? RepairOf({"R-TMP"}) : RepairOf();
    request.set_expires_in_ms(Below(4) == 0 ? 1 + Below(100'000) : 0);
    if (Below(4) == 0) request.set_request_id(Numbered("r", Below(5)));
    brain_.Start(request).IgnoreError();
  }
  // One that was sent at some time: answers come late, twice, and after the end.
  void AnswerANotice() {
    const std::vector<SendNotice>& sent = brain_.outputs.notices;
    if (sent.empty()) return;
    const int back = Below(static_cast<int>(std::min<std::size_t>(sent.size(), 20)));
    const SendNotice one = sent[sent.size() - 1 - static_cast<std::size_t>(back)];
    brain_.Do(NoticeAttempted{one.key, {static_cast<Delivery::Outcome>(Below(3)), "", "", {}}}).IgnoreError();
  }
  // On each channel an opening, what follows it, and its end, again and again; of an incident that is over nothing is
  // left without its end; all that wait but the first are held back.
  static void CheckNotices(const FleetState& state) {
    std::map<std::pair<std::string, std::string>, std::vector<const NoticeRow*>> told;
    for (const auto& [key, row] : state.notices()) told[{key.incident_id, row->channel}].push_back(row.get());
    for (const auto& [where, rows] : told) {
      bool open = false;
      bool waits = false;
      for (const NoticeRow* row : rows) {
        if (row->state == NoticeState::kDead && row->notice.kind == NoticeKind::kOpened) continue;
        ASSERT_EQ(row->notice.kind == NoticeKind::kOpened, !open) << row->notice.id;
        open = row->notice.kind != NoticeKind::kClosed;
        if (row->state != NoticeState::kWaiting) continue;
        ASSERT_EQ(row->due_ms == kHeldBack, waits) << row->notice.id;
        waits = true;
      }
      ASSERT_TRUE(!open || IsOpen(*state.Incident(where.first))) << where.first << " has no end on " << where.second;
    }
  }
  void Step() {
    switch (Below(20)) {
      case 0: brain_.Attach(++streams_, AnyAgent()).IgnoreError(); break;
      case 1: brain_.Detach(AnyStream()).IgnoreError(); break;
      case 2:
        brain_.Do(ConnectivityChanged{AnyAgent(), static_cast<Connectivity>(Below(3)), Below(1000)}).IgnoreError();
        break;
      case 3: Dispatch(); break;
      case 4: brain_.Cancel(AnyKey(brain_.state().dispatches())).IgnoreError(); break;
      case 5:
      case 6:
      case 7:
        brain_.Update(AnyStream(), AnyKey(brain_.state().commands()), static_cast<v1::CommandState>(2 + Below(7)))
            .IgnoreError();
        break;
      case 8: brain_.executor.Advance(std::chrono::seconds(Below(2) == 0 ? 1 : 7'000)); break;
      case 9: brain_.store.failing = Below(3) == 0; break;
      case 10:
        if (Below(20) == 0 && !brain_.store.failing) brain_.Restart();
        break;
      case 11:
        brain_
            .Acknowledge(AnyKey(brain_.state().incidents()), Numbered("owner", Below(2)),
                         std::int64_t{Below(3)} * 3'600'000)
            .IgnoreError();
        break;
      case 12: brain_.Release(AnyKey(brain_.state().incidents()), "somebody").IgnoreError(); break;
      case 13:
      case 14:
      case 15: AnswerANotice(); break;
      default: Report(); break;
    }
  }

  void Check() {
    const FleetState& state = brain_.state();
    ASSERT_TRUE(SameState(state, Recounted(state)));
    ASSERT_TRUE(CheckState(state).ok()) << CheckState(state);
    FleetState loaded;
    const auto rows = brain_.store.Load();
    for (const Change& row : *rows) loaded.Apply(row);
    ASSERT_TRUE(SameState(state, loaded));
    CheckNotices(state);
    for (const auto& [id, incident] : state.incidents()) {
      ASSERT_EQ(IsAcknowledged(*incident), !incident->owner.empty());
      ASSERT_FALSE(IsAcknowledged(*incident) && (incident->overdue || !IsOpen(*incident)));
      ASSERT_EQ(incident->state == v1::INCIDENT_STATE_ACKNOWLEDGED,
                IsAcknowledged(*incident) && incident->state != v1::INCIDENT_STATE_REPAIRING);
      if (incident->state != v1::INCIDENT_STATE_REPAIRING) continue;
      ASSERT_EQ(state.Command(incident->command_id)->state, v1::COMMAND_STATE_STARTED);
    }
    for (const auto& [id, group] : state.command_index().by_dispatch) {
      ASSERT_EQ(std::accumulate(group.counts.begin(), group.counts.end(), std::int64_t{0}),
                static_cast<std::int64_t>(group.by_agent.size()));
    }
  }

  std::mt19937 random_{GetParam()};
  Brain brain_;
  int streams_ = 0;
};

TEST_P(RandomSequence, KeepsCountersRowsAndStoreTogether) {
  const long steps = std::min(1'500L, NumberFrom("FLEET_RANDOM_CASES", 1'500));
  for (long step = 0; step < steps; ++step) {
    Step();
    Check();
    if (HasFatalFailure()) FAIL() << "seed " << GetParam() << " step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSequence, ::testing::Range(1u, 5u));

}  // namespace
}  // namespace fleet::coordinator
