#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

using testing::IsEmpty;

constexpr char kConfig[] = ".opencode/config.json";
constexpr char kApp[] = ".opencode/app.json";
constexpr char kState[] = ".opencode/state.json";
constexpr char kGuidesConfig[] = R"({"agentMode":"all-tools","experimental":{"mcp":true}})";
constexpr char kGuidesApp[] = R"({"name":"dgmstt","version":"1.0.0","description":"DGMSTT - Multi-Session Task Tool"})";

class GuideConfigRepair : public ::testing::Test {
 protected:
  TempDir dir_;
  StoreWriter store_ = StoreWriter::Guide(dir_.path());
  std::string session_ = store_.AddConversation("Refactor invoice rounding");

  void Expect(const std::string& path, const std::string& becomes) {
    const Planned planned = PlanAll(store_);
    EXPECT_EQ(planned.written, (std::map<std::string, std::string>{{path, becomes}}));
    EXPECT_THAT(planned.left, IsEmpty());
  }
};

TEST_F(GuideConfigRepair, MakesWhatIsMissing) {
  store_.Remove(kConfig);
  Expect(kConfig, kGuidesConfig);
}
TEST_F(GuideConfigRepair, MakesAMissingAppFile) {
  store_.Remove(kApp);
  Expect(kApp, kGuidesApp);
}
TEST_F(GuideConfigRepair, ReplacesAStateThatCannotBeRead) {
  store_.Write(kState, "{\"lastSession\":");
  Expect(kState, "{}");
}
TEST_F(GuideConfigRepair, ReplacesAnAppFileThatCannotBeRead) {
  store_.Write(kApp, "");
  Expect(kApp, kGuidesApp);
}
TEST_F(GuideConfigRepair, KeepsWhatIsLeftOfAConfiguration) {
  store_.Write(kConfig, "{\"agentMode\":\"read-only\", // mine\n}" + std::string(3, '\0'));
  Expect(kConfig, "{\"agentMode\":\"read-only\"         \n}");
}
TEST_F(GuideConfigRepair, TakesTheCopyBesideADamagedConfiguration) {
  store_.Write(kConfig, "{\"agentMode\":");
  store_.Write(std::string(kConfig) + ".backup", "{\"agentMode\":\"read-only\"}");
  Expect(kConfig, "{\"agentMode\":\"read-only\"}");
}
TEST_F(GuideConfigRepair, MakesADamagedConfigurationAnewWithoutACopy) {
  store_.Write(kConfig, "{\"agentMode\":");
  Expect(kConfig, kGuidesConfig);
}
TEST_F(GuideConfigRepair, NeverReplacesAValidFile) {
  store_.Write(kConfig, "{ \"agentMode\": \"read-only\" }\n");
  store_.Write(kState, "{}\n");
  EXPECT_TRUE(PlanAll(store_).Empty());
}

}  // namespace
}  // namespace fleet::agent
