#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BypassTest : public EngineTest {
 protected:
  BypassTest() { store_.WriteIndex(parent_, {first_, second_}); }

  void Put(const std::string& relative, const std::string& bytes) const {
    const std::filesystem::path path = home_ + "/" + relative;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string Get(const std::string& relative) const {
    std::ifstream stream(home_ + "/" + relative, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // What `dgmo-agent bypass on` asks for.
  RepairRun SwitchOn() {
    Finding request;
    request.code = "BYPASS_REQUESTED";
    request.root = std::filesystem::canonical(home_);
    request.subject_id = "qdrant";
    request.repair = "R-BYPASS";
    request.fingerprint = Fingerprint(request.code, request.root, request.subject_id);
    RepairSelection selection;
    selection.repairs = {"R-BYPASS"};
    selection.consent = {"R-BYPASS"};
    selection.requests = {request};
    return Apply(selection);
  }

  std::string home_ = dir_ / "home";
};

constexpr char kConfig[] = ".config/dgmo/config.json";

TEST_F(BypassTest, SwitchesOnlyTheServersForQdrantOffAndBackOn) {
  Put(kConfig,
      "{\n  \"mcp\": {\n    \"memory\": {\n      \"type\": \"local\",\n      \"command\": [\"uvx\", "
      "\"mcp-server-qdrant\"]\n    },\n    \"docs\": {\"type\": \"remote\", \"url\": \"http://h\"}\n  }\n}\n");
  const std::string tree = TreeText(home_);
  const RepairRun run = SwitchOn();
  EXPECT_THAT(Outcomes(run), ElementsAre("R-BYPASS applied"));
  EXPECT_EQ(Get(kConfig),
            "{\n  \"mcp\": {\n    \"memory\": {\n      \"type\": \"local\",\n      \"command\": [\"uvx\", "
            "\"mcp-server-qdrant\"],\n      \"enabled\": false\n    },\n    \"docs\": {\"type\": \"remote\", \"url\": "
            "\"http://h\"}\n  }\n}\n");
  EXPECT_THAT(Outcomes(SwitchOn()), ElementsAre("R-BYPASS refused nothing_to_bypass"));
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(TreeText(home_), tree);
}

TEST_F(BypassTest, ReplacesAValueThatIsThereAndKeepsComments) {
  Put(kConfig, "{\"mcp\":{\"qdrant\":{/* on */\"enabled\":true,\"type\":\"local\",\"command\":[\"x\"]}}}");
  EXPECT_THAT(Outcomes(SwitchOn()), ElementsAre("R-BYPASS applied"));
  EXPECT_EQ(Get(kConfig), "{\"mcp\":{\"qdrant\":{/* on */\"enabled\":false,\"type\":\"local\",\"command\":[\"x\"]}}}");
}

TEST_F(BypassTest, AnUndoKeepsWhatWasEditedMeanwhile) {
  Put(kConfig, R"({"mcp":{"qdrant":{"type":"local","command":["x"]}}})");
  const RepairRun run = SwitchOn();
  Put(kConfig, "{}");
  EXPECT_EQ(Undo(run.journal).refusal->reason, "changed_since_repair");
  EXPECT_EQ(Get(kConfig), "{}");
}

TEST_F(BypassTest, IsNeverDoneUnasked) {
  Put(kConfig, R"({"mcp":{"qdrant":{"type":"local","command":["x"]}}})");
  EXPECT_TRUE(Apply().plans.empty());
}

}  // namespace
}  // namespace fleet::agent
