#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

// Every command that looks: on a store with damage of several kinds it changes nothing, ends as it should, and prints
// one JSON document when asked to.
struct Looking {
  std::string name;
  std::vector<std::string> arguments;
};
void PrintTo(const Looking& looking, std::ostream* stream) { *stream << looking.name; }

class EveryLook : public ::testing::TestWithParam<Looking> {
 protected:
  void SetUp() override {
    agent::StoreWriter store = agent::StoreWriter::Program(home_);
    const std::string parent = store.AddConversation("Refactor invoice rounding");
    store.AddAgent(parent, "Audit rounding calls");
    const std::string lost = store.AddAgent(parent, "Write regression tests");
    store.WriteIndex(parent, {lost});
    store.Write("storage/session/info/ses_816ad0000ffeEmptyEmptyEm.json", "");
    store.Write("storage/session/info/notes.bak", "not one of dgmo's\n");
    agent::StoreWriter guide = agent::StoreWriter::Guide(home_);
    guide.AddConversation("In the guide's layout");
    dir_.Write("home/.config/dgmo/config.json", "{\"theme\":");
  }

  std::vector<std::string> Command(bool json) const {
    std::vector<std::string> argv = {AgentProgram()};
    argv.insert(argv.end(), GetParam().arguments.begin(), GetParam().arguments.end());
    argv.insert(argv.end(), {"--home", home_});
    if (json) argv.emplace_back("--json");
    return argv;
  }

  TempDir dir_;
  const std::string home_ = dir_ / "home";
};

TEST_P(EveryLook, ChangesNothing) {
  const std::string before = TreeText(home_);
  const Finished finished = RunProgram(Command(false));
  EXPECT_TRUE(finished.exit_code == 0 || finished.exit_code == 1) << finished.exit_code << finished.err;
  EXPECT_FALSE(finished.out.empty());
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(TreeText(home_), before);
}

TEST_P(EveryLook, PrintsOneJsonDocument) {
  const Finished finished = RunProgram(Command(true));
  EXPECT_TRUE(finished.exit_code == 0 || finished.exit_code == 1) << finished.exit_code << finished.err;
  const nlohmann::json json = nlohmann::json::parse(finished.out, nullptr, false);
  EXPECT_TRUE(json.is_object() || json.is_array()) << finished.out.substr(0, 400);
}

INSTANTIATE_TEST_SUITE_P(Commands, EveryLook,
                         ::testing::Values(Looking{"check", {"check"}}, Looking{"quick", {"check", "--quick"}},
                                           Looking{"diagnose", {"diagnose"}}, Looking{"validate", {"validate"}},
                                           Looking{"relations", {"relations"}}, Looking{"sessions", {"sessions"}},
                                           Looking{"tree", {"sessions", "--tree"}},
                                           Looking{"where", {"where", "ses_816ad0000ffeEmptyEmptyEm"}},
                                           Looking{"ready", {"ready"}}, Looking{"map", {"map"}},
                                           Looking{"vision", {"vision"}}, Looking{"temp", {"temp"}},
                                           Looking{"storage_probe", {"storage-probe"}}, Looking{"plan", {"repair"}},
                                           Looking{"qdrant_status", {"qdrant", "status"}}, Looking{"mcp", {"mcp"}},
                                           Looking{"bypass", {"bypass", "status"}}),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace fleet
