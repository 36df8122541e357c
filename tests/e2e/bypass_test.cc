#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

using Json = nlohmann::json;

class BypassEndToEnd : public FleetTest {
 protected:
  BypassEndToEnd() : station_(AddWorkstation("station")) {
    agent::StoreWriter store = agent::StoreWriter::Program(station_.home);
    store.AddConversation("A session");
    std::filesystem::create_directories(station_.home + "/.config/dgmo");
    Write(R"({"mcp":{"qdrant":{"type":"local","command":["uvx","mcp-server-qdrant"]}}})");
  }
  void Write(const std::string& bytes) const { std::ofstream(station_.home + "/.config/dgmo/config.json") << bytes; }
  Json Bypass(const std::string& what, int exit_code = 0) const {
    const Finished finished = Agent(station_, {"bypass", what, "--json"});
    EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
    return Json::parse(finished.out, nullptr, false);
  }

  Workstation& station_;
};

TEST_F(BypassEndToEnd, OnStatusOffGivesTheVerySameFilesBack) {
  const std::string tree = TreeText(station_.home);
  EXPECT_EQ(Bypass("status")["bypassed"], false);
  const Json on = Bypass("on");
  EXPECT_EQ(on["bypassed"], true);
  EXPECT_EQ(on["servers"][0]["enabled"], false);
  EXPECT_EQ(on["results"][0]["outcome"], "applied");
  EXPECT_NE(on["session_less"].get<std::string>().find("XDG_DATA_HOME="), std::string::npos);
  EXPECT_EQ(Bypass("on")["journal"], on["journal"]) << "a second one does nothing";
  EXPECT_EQ(Bypass("status")["journal"], on["journal"]);
  EXPECT_EQ(Bypass("off")["outcome"], "undone");
  EXPECT_EQ(TreeText(station_.home), tree);
  EXPECT_EQ(Bypass("off")["bypassed"], false);
}

TEST_F(BypassEndToEnd, OffNeverOverwritesWhatWasEditedMeanwhile) {
  Bypass("on");
  Write("{}");
  EXPECT_EQ(Bypass("off", 1)["reason"], "changed_since_repair");
  EXPECT_EQ(Agent(station_, {"bypass", "sideways"}).exit_code, 2);
}

}  // namespace
}  // namespace fleet
