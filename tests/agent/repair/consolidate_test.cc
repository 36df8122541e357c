#include <nlohmann/json.hpp>

#include "agent/repair/request.h"
#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Json = nlohmann::ordered_json;

// The fixture's root, which dgmo works on, and what an older version left.
class ConsolidateTest : public EngineTest {
 protected:
  ConsolidateTest() : former_(StoreWriter::Program(dir_ / "home", "home-mira-src-payments-api", "opencode")) {
    store_.WriteIndex(parent_, {first_, second_});
    former_.Advance(-86'400'000);
    old_ = former_.AddConversation("Explain the schema");
    old_agent_ = former_.AddAgent(old_, "Draw ERD");
  }

  RepairRun Consolidate() { return Apply(ConsolidationRequest(root_, {former_.AsRoot().path})); }
  // The same document in both, changed in the former root.
  void CopyToFormer(const std::string& path, const std::function<void(Json&)>& edit) {
    Json json = Json::parse(store_.Read(path));
    edit(json);
    former_.Write(path, json.dump());
  }

  StoreWriter former_;
  std::string old_;
  std::string old_agent_;
};

TEST_F(ConsolidateTest, CopiesWhatIsMissingAndLeavesTheSourceAlone) {
  const std::string source = TreeText(former_.path());
  const std::string before = Tree();
  const RepairRun run = Consolidate();
  EXPECT_THAT(Outcomes(run), ElementsAre("R-CONSOLIDATE applied")) << run.results[0].text;
  for (const std::string& path : {former_.InfoPath(old_), former_.InfoPath(old_agent_), former_.RecordPath(old_agent_),
                                  former_.IndexPath(old_)}) {
    EXPECT_EQ(store_.Read(path), former_.Read(path)) << path;
  }
  EXPECT_EQ(TreeText(former_.path()), source);
  EXPECT_THAT(Outcomes(Consolidate()), ElementsAre("R-CONSOLIDATE refused no_cure")) << "there is nothing left";
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(Tree(), before);
}

TEST_F(ConsolidateTest, UnitesIndexesInOrderOfCreation) {
  former_.Write(former_.InfoPath(parent_), store_.Read(store_.InfoPath(parent_)));
  former_.Advance(86'500'000);
  const std::string third = former_.AddAgent(parent_, "Late");
  const RepairRun run = Consolidate();
  ASSERT_TRUE(run.Complete()) << run.results[0].text;
  EXPECT_EQ(store_.Index(parent_), (std::vector<std::string>{first_, second_, third}));
}

TEST_F(ConsolidateTest, TheBetterVersionWinsAndTheOtherGoesToQuarantine) {
  const std::string info = store_.InfoPath(parent_);
  const std::string replaced = store_.Read(info);
  CopyToFormer(info, [](Json& json) {
    json["title"] = "Newer title";
    json["time"]["updated"] = json["time"]["updated"].get<std::int64_t>() + 60'000;
  });
  CopyToFormer(store_.RecordPath(first_), [](Json& json) { json["status"] = "running"; });
  const RepairRun run = Consolidate();
  ASSERT_TRUE(run.Complete()) << run.results[0].text;
  EXPECT_THAT(store_.Read(info), HasSubstr("Newer title"));
  EXPECT_THAT(store_.Read(store_.RecordPath(first_)), HasSubstr("completed"));
  std::ifstream quarantined(dir_ / ("state/quarantine/" + run.journal + "/0/" + info));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(quarantined), {}), replaced);
}

TEST_F(ConsolidateTest, KeepsTheShareOfTheLoser) {
  CopyToFormer(store_.InfoPath(parent_), [](Json& json) {
    json["share"] = {{"url", "https://dgmo.ai/s/x"}};
    json["time"]["updated"] = json["time"]["updated"].get<std::int64_t>() - 1;
  });
  former_.Write("storage/session/share/" + parent_ + ".json", R"({"secret":"s","url":"https://dgmo.ai/s/x"})");
  const RepairRun run = Consolidate();
  ASSERT_TRUE(run.Complete()) << run.results[0].text;
  const Json info = Json::parse(store_.Read(store_.InfoPath(parent_)));
  EXPECT_EQ(info["share"]["url"], "https://dgmo.ai/s/x");
  EXPECT_EQ(info["title"], "Refactor the ledger");
}

TEST_F(ConsolidateTest, NeverCopiesDamageOrLitter) {
  former_.Write(former_.InfoPath(parent_), "{");
  former_.Write("storage/session/info/notes.txt", "mine");
  const RepairRun run = Consolidate();
  ASSERT_TRUE(run.Complete()) << run.results[0].text;
  EXPECT_FALSE(store_.Has("storage/session/info/notes.txt"));
  EXPECT_THAT(store_.Read(store_.InfoPath(parent_)), HasSubstr("Refactor the ledger"));
}

TEST_F(ConsolidateTest, IsNeverDoneUnasked) {
  EXPECT_THAT(Apply().plans, IsEmpty());
  RepairSelection selection;
  selection.repairs = {"R-CONSOLIDATE"};
  selection.consent = {"R-CONSOLIDATE"};
  EXPECT_FALSE(Apply(selection).Complete());
  EXPECT_FALSE(store_.Has(former_.InfoPath(old_)));
}

}  // namespace
}  // namespace fleet::agent
