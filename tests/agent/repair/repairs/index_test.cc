#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

using Ids = std::vector<std::string>;

std::string Json(const Ids& ids) { return nlohmann::json(ids).dump(); }

// A parent with three agents, and another with one.
class IndexRepair : public ::testing::Test {
 protected:
  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string parent_ = store_.AddConversation("Refactor invoice rounding");
  std::string other_ = store_.AddConversation("Explain ledger schema");
  std::string a_ = store_.AddAgent(parent_, "Audit rounding calls");
  std::string b_ = store_.AddAgent(parent_, "Write regression tests");
  std::string c_ = store_.AddAgent(parent_, "Check money.ts");
  std::string d_ = store_.AddAgent(other_, "Draw ERD");
  std::string gone_ = MakeId("ses", store_.now_ms() - 5000, 7, "aaaaaaaaaaaaaa");

  Planned Expect(const Ids& ids) {
    Planned planned = PlanAll(store_);
    EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{store_.IndexPath(parent_), Json(ids)}}));
    EXPECT_TRUE(planned.quarantined.empty());
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
    return planned;
  }
};

TEST_F(IndexRepair, PlansNothingInAHealthyStore) { EXPECT_TRUE(PlanAll(store_).Empty()); }

TEST_F(IndexRepair, RebuildsEveryIndexWhenAllAreGone) {
  store_.Remove("storage/session/sub-session-index");
  const Planned planned = PlanAll(store_);
  EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{store_.IndexPath(parent_), Json({a_, b_, c_})},
                                                                 {store_.IndexPath(other_), Json({d_})}}));
  EXPECT_TRUE(planned.left.empty());
}

TEST_F(IndexRepair, RebuildsAMissingIndex) {
  store_.Remove(store_.IndexPath(parent_));
  Expect({a_, b_, c_});
}

TEST_F(IndexRepair, RebuildsATruncatedIndexInOrderOfCreation) {
  store_.Write(store_.IndexPath(parent_), Json({c_, b_, a_}).substr(0, 40));
  Expect({a_, b_, c_});
}

TEST_F(IndexRepair, KeepsTheOrderOfAnIndexThatOnlyEndsInNulBytes) {
  store_.Write(store_.IndexPath(parent_), Json({c_, a_, b_}) + std::string(100, '\0'));
  Expect({c_, a_, b_});
}

TEST_F(IndexRepair, RebuildsAnIndexOfTheWrongShape) {
  store_.Write(store_.IndexPath(parent_), "{\"" + a_ + "\":true}");
  Expect({a_, b_, c_});
}

TEST_F(IndexRepair, RemovesDuplicatesAndKeepsTheFirst) {
  store_.WriteIndex(parent_, {b_, a_, b_, c_, a_});
  Expect({b_, a_, c_});
}

TEST_F(IndexRepair, DropsAnEntryThatNamesNothing) {
  store_.WriteIndex(parent_, {a_, gone_, b_, c_});
  Expect({a_, b_, c_});
}

TEST_F(IndexRepair, DropsAnEntryOfAnotherParentAndLeavesThatOne) {
  store_.WriteIndex(parent_, {d_, a_, b_, c_});
  Expect({a_, b_, c_});
}

TEST_F(IndexRepair, DropsWhatIsNoId) {
  store_.Write(store_.IndexPath(parent_), "[\"" + a_ + "\",17,\"../info/" + a_ + "\",\"" + b_ + "\",\"" + c_ + "\"]");
  Expect({a_, b_, c_});
}

TEST_F(IndexRepair, AppendsLostEntriesInOrderOfCreation) {
  store_.WriteIndex(parent_, {b_});
  Expect({b_, a_, c_});
}

TEST_F(IndexRepair, CuresAllFaultsAtOnce) {
  store_.WriteIndex(parent_, {d_, c_, c_, gone_, "nonsense"});
  Expect({c_, a_, b_});
}

TEST_F(IndexRepair, KeepsAnEntryInPlaceWhoseRecordIsSynthesisedFirst) {
  store_.Remove(store_.RecordPath(b_));
  const Planned planned = PlanAll(store_);
  EXPECT_EQ(planned.written.count(store_.RecordPath(b_)), 1U);
  EXPECT_EQ(planned.written.count(store_.IndexPath(parent_)), 0U);
  EXPECT_TRUE(planned.left.empty());
}

TEST_F(IndexRepair, KeepsDanglingEntriesOfLivingChildrenWhenOnlyTheIndexIsRepaired) {
  store_.Remove(store_.RecordPath(b_));
  store_.WriteIndex(parent_, {c_, c_, b_});
  const Planned planned = PlanAll(store_, {"R-INDEX"});
  EXPECT_EQ(planned.written.at(store_.IndexPath(parent_)), Json({c_, b_, a_}));
}

TEST_F(IndexRepair, DropsNothingThatAnUnreadableRecordMayBe) {
  store_.Write(store_.RecordPath(b_), "{\"id\":");
  store_.WriteIndex(parent_, {c_, c_, b_, gone_});
  const Planned planned = PlanAll(store_, {"R-INDEX"});
  EXPECT_EQ(planned.written.at(store_.IndexPath(parent_)), Json({c_, b_, gone_, a_}));
}

TEST_F(IndexRepair, KeepsIdsOfAnotherFormThatHaveARecord) {
  store_.AddRecord("ses_debug_child", parent_, "Debug", store_.now_ms(), "ok");
  store_.WriteIndex(parent_, {"ses_debug_child", a_, b_, c_, c_});
  const Planned planned = PlanAll(store_, {"R-INDEX"});
  EXPECT_EQ(planned.written.at(store_.IndexPath(parent_)), Json({"ses_debug_child", a_, b_, c_}));
}

TEST_F(IndexRepair, LeavesAPrettyPrintedIndexAlone) {
  store_.Write(store_.IndexPath(parent_), nlohmann::json({a_, b_, c_}).dump(2) + "\n");
  EXPECT_TRUE(PlanAll(store_).Empty());
}

TEST_F(IndexRepair, LeavesAnEmptyIndexAlone) {
  const std::string childless = store_.AddConversation("Nothing delegated");
  store_.Write(store_.IndexPath(childless), "[]");
  EXPECT_TRUE(PlanAll(store_).Empty());
}

TEST_F(IndexRepair, WritesAnEmptyListWhereADamagedIndexHasNoRecords) {
  const std::string childless = store_.AddConversation("Nothing delegated");
  store_.Write(store_.IndexPath(childless), "");
  EXPECT_EQ(PlanAll(store_).written, (std::map<std::string, std::string>{{store_.IndexPath(childless), "[]"}}));
}

TEST_F(IndexRepair, RefusesToReplaceALink) {
  store_.Remove(store_.IndexPath(parent_));
  std::filesystem::create_symlink("/etc/passwd", store_.path() + "/" + store_.IndexPath(parent_));
  Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
  Finding finding;
  finding.code = "SUBSESSION_INDEX_MISSING";
  finding.subject_id = parent_;
  finding.path = store_.AsRoot().path + "/" + store_.IndexPath(parent_);
  const Answer answer = planner.Ask("R-INDEX", finding);
  ASSERT_TRUE(std::holds_alternative<Refusal>(answer));
  EXPECT_EQ(std::get<Refusal>(answer).reason, "unexpected_type");
}

TEST(GuideIndexRepair, AddsWhatIsMissingAndKeepsUnknownKeysInPlace) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path());
  const std::string main = store.AddConversation("Main");
  const std::string other = store.AddConversation("Other");
  const std::string child = store.AddAgent(main, "Helper");
  store.Write("sessions/index.json", R"({"version":3,"sessions":{"ses_gone":{"id":"ses_gone","subSessions":[]},")" +
                                         main + R"(":{"colour":"red","id":")" + main +
                                         R"(","subSessions":[]}},"z":1.5})");
  const Planned planned = PlanAll(store);
  EXPECT_EQ(planned.written.at("sessions/index.json"),
            R"({"version":3,"sessions":{")" + main + R"(":{"colour":"red","id":")" + main + R"(","subSessions":[")" +
                child + R"("]},")" + other + R"(":{"id":")" + other + R"(","subSessions":[]}},"z":1.5})");
  EXPECT_FALSE(planned.Leaves("GUIDE_INDEX_MISMATCH"));
}

TEST(GuideIndexRepair, KeepsTheLayoutOfAPrettyPrintedFile) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path());
  const std::string main = store.AddConversation("Main");
  store.Write("sessions/index.json", "{\n  \"sessions\": {}\n}\n");
  EXPECT_EQ(PlanAll(store).written.at("sessions/index.json"), "{\n  \"sessions\": {\n    \"" + main +
                                                                  "\": {\n      \"id\": \"" + main +
                                                                  "\",\n      \"subSessions\": []\n    }\n  }\n}\n");
}

TEST(GuideIndexRepair, RefusesWhatRewritingWouldChange) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path());
  store.AddConversation("Main");
  store.Write("sessions/index.json", R"({"note":"cut \ud83d","sessions":{}})");
  const Planned planned = PlanAll(store);
  EXPECT_TRUE(planned.written.empty());
  EXPECT_EQ(planned.refusals, (std::vector<std::string>{"R-INDEX not_lossless"}));
}

TEST(GuideIndexRepair, ReplacesADamagedFile) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path());
  const std::string main = store.AddConversation("Main");
  store.Write("sessions/index.json", "{\"sessions\":");
  EXPECT_EQ(PlanAll(store).written.at("sessions/index.json"),
            R"({"sessions":{")" + main + R"(":{"id":")" + main + R"(","subSessions":[]}}})");
}

}  // namespace
}  // namespace fleet::agent
