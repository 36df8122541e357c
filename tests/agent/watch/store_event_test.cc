#include "agent/watch/store_event.h"

#include <gtest/gtest.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

std::vector<std::string> Kinds(const std::vector<StoreEvent>& events) {
  std::vector<std::string> kinds;
  for (const StoreEvent& event : events) kinds.push_back(std::string(event.kind) + " " + event.session_id);
  return kinds;
}
using Texts = std::vector<std::string>;

Texts Between(const StoreBuilder& before, const StoreBuilder& after) {
  return Kinds(Diff(before.model, kNowMs, after.model, kNowMs));
}

TEST(StoreEvents, NothingHappenedBetweenEqualModels) {
  EXPECT_EQ(Between(StoreBuilder().Family(), StoreBuilder().Family()), Texts{});
}

TEST(StoreEvents, TellSessionsThatComeChangeAndGo) {
  const StoreBuilder before = StoreBuilder().Session(Ses(1)).Session(Ses(2));
  StoreBuilder after = StoreBuilder().Session(Ses(1));
  after.mtime_ms += 1000;
  after.Session(Ses(2)).Session(Ses(3), Ses(1));
  after.model.sessions.erase(Ses(1));
  EXPECT_EQ(Between(before, after),
            (Texts{"session_created " + Ses(3), "session_updated " + Ses(2), "session_deleted " + Ses(1)}));
}

TEST(StoreEvents, ADamagedSessionIsNotDeleted) {
  const StoreBuilder before = StoreBuilder().Session(Ses(1));
  StoreBuilder after;
  after.Damage("storage/session/info/" + Ses(1) + ".json", FaultKind::kEmpty);
  EXPECT_EQ(Between(before, after), Texts{});
}

TEST(StoreEvents, TellTheOldAndTheNewStatusOfASubsession) {
  StoreBuilder before = StoreBuilder().Family();
  before.model.records[Ses(2)].document.status = "running";
  const std::vector<StoreEvent> events = Diff(before.model, kNowMs, StoreBuilder().Family().model, kNowMs);
  ASSERT_EQ(Kinds(events), Texts{"subsession_status_changed " + Ses(2)});
  EXPECT_EQ(events[0].parent_id, Ses(1));
  EXPECT_EQ(events[0].facts.at("old_status"), EvidenceValue("running"));
  EXPECT_EQ(events[0].facts.at("new_status"), EvidenceValue("completed"));
}

TEST(StoreEvents, TellHowManyEntriesAnIndexHadAndHas) {
  const StoreBuilder before = StoreBuilder().Family();
  StoreBuilder after = StoreBuilder().Family();
  after.mtime_ms += 5;
  after.Session(Ses(4), Ses(1)).Record(Ses(4), Ses(1));
  after.model.indexes.clear();
  after.Index(Ses(1), {Ses(2), Ses(3), Ses(4)});
  const std::vector<StoreEvent> events = Diff(before.model, kNowMs, after.model, kNowMs);
  EXPECT_EQ(Kinds(events),
            (Texts{"session_created " + Ses(4), "subsession_created " + Ses(4), "index_changed " + Ses(1)}));
  EXPECT_EQ(events[2].facts.at("before"), EvidenceValue(std::int64_t{2}));
  EXPECT_EQ(events[2].facts.at("after"), EvidenceValue(std::int64_t{3}));
}

TEST(StoreEvents, TellLitterWhenItComesAndWhenItIsLeftOver) {
  const std::string target = "storage/session/info/" + Ses(1) + ".json";
  StoreBuilder with = StoreBuilder();
  with.mtime_ms = kNowMs;
  with.AddStray(target + std::to_string(kNowMs) + ".tmp", Stray::Kind::kLitter, target, kNowMs);
  EXPECT_EQ(Between(StoreBuilder(), with), Texts{"tmp_created " + Ses(1)});
  EXPECT_EQ(Kinds(Diff(with.model, kNowMs, with.model, kNowMs + 60'000)), Texts{});
  EXPECT_EQ(Kinds(Diff(with.model, kNowMs + 60'000, with.model, kNowMs + 60'001)), Texts{"tmp_stale " + Ses(1)});
  EXPECT_EQ(Kinds(Diff(with.model, kNowMs + 60'001, with.model, kNowMs + 61'000)), Texts{});
}

TEST(StoreEvents, TellFindingsThatOpenAndClose) {
  Finding finding;
  finding.code = "INDEX_MISSING_ENTRY";
  finding.severity = Severity::kP2;
  finding.subject_id = Ses(2);
  finding.evidence["parent"] = Ses(1);
  const std::vector<StoreEvent> opened = Diff({}, {{"f", finding}});
  ASSERT_EQ(Kinds(opened), Texts{"finding_opened " + Ses(2)});
  EXPECT_EQ(opened[0].parent_id, Ses(1));
  EXPECT_EQ(opened[0].facts.at("code"), EvidenceValue("INDEX_MISSING_ENTRY"));
  EXPECT_EQ(Kinds(Diff({{"f", finding}}, {})), Texts{"finding_closed " + Ses(2)});
}

}  // namespace
}  // namespace fleet::agent
