#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

class TmpRepair : public ::testing::Test {
 protected:
  // The litter dgmo leaves when it is killed: written now, an hour before the repair.
  std::string Litter(const std::string& target, const std::string& bytes) {
    store_.Advance(1000);
    const std::string path = target + std::to_string(store_.now_ms()) + ".tmp";
    store_.Write(path, bytes);
    return path;
  }
  std::string Renamed(const std::string& id, const std::string& title) {
    nlohmann::ordered_json info = nlohmann::ordered_json::parse(store_.Read(store_.InfoPath(id)));
    info["title"] = title;
    info["time"]["updated"] = store_.now_ms();
    return info.dump();
  }
  void ExpectPromoted(const std::string& target, const std::string& bytes, const std::set<std::string>& quarantined) {
    const Planned planned = PlanAll(store_);
    EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{target, bytes}}));
    EXPECT_EQ(planned.quarantined, quarantined);
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }
  void ExpectQuarantined(const std::set<std::string>& quarantined) {
    const Planned planned = PlanAll(store_);
    EXPECT_TRUE(planned.written.empty()) << planned.written.begin()->first;
    EXPECT_EQ(planned.quarantined, quarantined);
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
  }

  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string session_ = store_.AddConversation("Refactor invoice rounding");
  std::string child_ = store_.AddAgent(session_, "Audit rounding calls");
};

TEST_F(TmpRepair, PromotesANewerCompleteInfo) {
  const std::string bytes = Renamed(session_, "Newer title");
  ExpectPromoted(store_.InfoPath(session_), bytes, {Litter(store_.InfoPath(session_), bytes)});
}

TEST_F(TmpRepair, QuarantinesAnOlderCopyOfAValidInfo) {
  const std::string path = store_.InfoPath(session_) + "1700000000000.tmp";
  store_.Write(path, store_.Read(store_.InfoPath(session_)));
  ExpectQuarantined({path});
}

TEST_F(TmpRepair, QuarantinesAPartialFileAndKeepsTheDocument) {
  const std::string bytes = Renamed(session_, "Newer title");
  ExpectQuarantined({Litter(store_.InfoPath(session_), bytes.substr(0, 30)), Litter(store_.InfoPath(child_), "")});
}

TEST_F(TmpRepair, QuarantinesAnInfoThatChangesTheParent) {
  nlohmann::ordered_json info = nlohmann::ordered_json::parse(Renamed(child_, "Newer"));
  info.erase("parentID");
  ExpectQuarantined({Litter(store_.InfoPath(child_), info.dump())});
}

TEST_F(TmpRepair, QuarantinesAFileWithAnotherId) {
  ExpectQuarantined({Litter(store_.InfoPath(session_), store_.Read(store_.InfoPath(child_)))});
}

TEST_F(TmpRepair, PromotesTheNewestCompleteOneForAMissingMessage) {
  const std::string id = store_.NextId("msg");
  const std::string target = store_.MessagePath(session_, id);
  const std::string first = Litter(target, store_.AnswerText(session_, id, "First"));
  const std::string bytes = store_.AnswerText(session_, id, "First and second");
  const std::string second = Litter(target, bytes);
  const std::string torn = Litter(target, bytes.substr(0, 60));
  ExpectPromoted(target, bytes, {first, second, torn});
}

TEST_F(TmpRepair, PromotesAFileThatHoldsALoneSurrogateUnchanged) {
  const std::string target = store_.RecordPath(child_);
  std::string bytes = store_.Read(target);
  store_.Remove(target);
  bytes.replace(bytes.rfind("Looked at"), 9, "Cut \\ud83d...");
  ExpectPromoted(target, bytes, {Litter(target, bytes)});
}

TEST_F(TmpRepair, QuarantinesAMessageWithFewerPartsThanTheDocument) {
  const std::string id = store_.AddAnswer(session_, "Answer");
  nlohmann::ordered_json message = nlohmann::ordered_json::parse(store_.Read(store_.MessagePath(session_, id)));
  message["parts"].erase(1);
  message["metadata"]["time"]["completed"] = store_.now_ms() + 900;
  ExpectQuarantined({Litter(store_.MessagePath(session_, id), message.dump())});
}

TEST_F(TmpRepair, PromotesAMessageWithMoreParts) {
  const std::string id = store_.AddAnswer(session_, "Answer");
  nlohmann::ordered_json message = nlohmann::ordered_json::parse(store_.Read(store_.MessagePath(session_, id)));
  message["parts"].push_back({{"type", "text"}, {"text", "More"}});
  const std::string target = store_.MessagePath(session_, id);
  ExpectPromoted(target, message.dump(), {Litter(target, message.dump())});
}

TEST_F(TmpRepair, UnitesAnIndexWithItsNewerLitter) {
  const std::string late = store_.AddAgent(session_, "Late");
  store_.WriteIndex(session_, {child_});
  const std::string litter = Litter(store_.IndexPath(session_), "[\"" + late + "\"]");
  ExpectPromoted(store_.IndexPath(session_), "[\"" + child_ + "\",\"" + late + "\"]", {litter});
}

TEST_F(TmpRepair, QuarantinesIndexLitterThatAddsNothing) {
  ExpectQuarantined({Litter(store_.IndexPath(session_), "[\"" + child_ + "\"]")});
}

TEST_F(TmpRepair, ReplacesADamagedTargetByCompleteLitter) {
  const std::string bytes = store_.Read(store_.RecordPath(child_));
  store_.Write(store_.RecordPath(child_), "");
  ExpectPromoted(store_.RecordPath(child_), bytes, {Litter(store_.RecordPath(child_), bytes)});
}

TEST_F(TmpRepair, QuarantinesLitterOfAKindWithoutRules) {
  ExpectQuarantined({Litter("storage/session/checkpoint/" + session_ + "/chk_1.json", "{\"checkpointId\":\"chk_1\"}")});
}

TEST_F(TmpRepair, RefusesLitterThatSomebodyMayBeWriting) {
  const std::string old = Litter(store_.InfoPath(session_), "");
  Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
  const std::vector<Finding> findings = planner.Findings();
  ASSERT_EQ(findings.size(), 1U);
  // The same finding, looked at when another file of the same target has just begun.
  store_.Advance(3'600'000 - 30'000);
  Litter(store_.InfoPath(session_), "{");
  Planner later(store_.AsRoot(), store_.now_ms() + 30'000);
  const Answer answer = later.Ask("R-TMP", findings.front());
  ASSERT_TRUE(std::holds_alternative<Refusal>(answer));
  EXPECT_EQ(std::get<Refusal>(answer).reason, "too_young");
}

TEST_F(TmpRepair, RefusesATargetThatIsALink) {
  store_.Remove(store_.RecordPath(child_));
  std::filesystem::create_symlink("elsewhere.json", store_.path() + "/" + store_.RecordPath(child_));
  Litter(store_.RecordPath(child_), "{}");
  EXPECT_EQ(PlanAll(store_, {"R-TMP"}).refusals, (std::vector<std::string>{"R-TMP unexpected_type"}));
}

}  // namespace
}  // namespace fleet::agent
