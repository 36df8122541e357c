// The commands that give advice, run as their users run them.

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Advice : public FleetTest {
 protected:
  Json Asked(const Workstation& workstation, std::vector<std::string> arguments, int exit_code) {
    arguments.emplace_back("--json");
    const std::string before = TreeText(workstation.home);
    const Finished finished = Agent(workstation, arguments);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.out << finished.err;
    EXPECT_EQ(TreeText(workstation.home), before) << "advice changes nothing";
    return Json::parse(finished.out, nullptr, false);
  }
};

TEST_F(Advice, ReadySaysWhatKeepsDgmoFromStarting) {
  Workstation& workstation = AddWorkstation("ready");
  agent::StoreWriter store = agent::StoreWriter::Program(workstation.home);
  store.AddConversation("Refactor invoice rounding");
  InstallDgmo(workstation.home);
  EXPECT_EQ(Asked(workstation, {"ready"}, 0)["ready"], true);
  fs::create_directories(workstation.home + "/.config/dgmo");
  InstallScript(workstation.home + "/.config/dgmo/config.json", "not JSON at all");
  const Json blocked = Asked(workstation, {"ready"}, 1);
  EXPECT_EQ(blocked["ready"], false);
  EXPECT_EQ(blocked["homes"][0]["items"][1]["state"], "blocked") << blocked.dump(1);
  EXPECT_EQ(Agent(workstation, {"ready", "--root", store.path()}).exit_code, 2);
}

TEST_F(Advice, MapShowsWhichRootBelongsToADirectory) {
  Workstation& workstation = AddWorkstation("map");
  const std::string checkout = workstation.home + "/src/app";
  fs::create_directories(checkout + "/.git");
  fs::create_directories(checkout + "/web");
  std::string slug = fs::canonical(checkout).string().substr(1);
  for (char& c : slug) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (!kept) c = '-';
  }
  agent::StoreWriter::Program(workstation.home, slug).AddConversation("Here");
  const Json map = Asked(workstation, {"map", checkout + "/web"}, 0)["maps"][0];
  EXPECT_EQ(map["slug"], slug);
  EXPECT_EQ(map["roots"][0]["role"], "written");
  agent::StoreWriter::Program(workstation.home, slug, "opencode").AddConversation("There");
  EXPECT_EQ(Asked(workstation, {"map", checkout}, 1)["maps"][0]["roots"][1]["role"], "stranded");
  EXPECT_EQ(Agent(workstation, {"map", workstation.home + "/nowhere"}).exit_code, 2);
}

TEST_F(Advice, VisionNamesSessionsAndNeverTheirText) {
  Workstation& workstation = AddWorkstation("vision");
  agent::StoreWriter store = agent::StoreWriter::Program(workstation.home);
  const std::string session = store.AddConversation("Refactor invoice rounding");
  EXPECT_EQ(Asked(workstation, {"vision"}, 0)["advice"].size(), 0U);
  const std::string question = store.NextId("msg");
  Json message = Json::parse(store.QuestionText(session, question, "What does hunter2 show?"));
  message["parts"].push_back({{"type", "file"}, {"mediaType", "image/png"}, {"url", "data:image/png;base64,AAAA"}});
  store.Write(store.MessagePath(session, question), message.dump());
  store.AddAnswer(session, "I cannot see images, whatever hunter3 says.");
  const Json advice = Asked(workstation, {"vision"}, 1);
  ASSERT_EQ(advice["advice"].size(), 1U);
  EXPECT_EQ(advice["advice"][0]["session"], session);
  EXPECT_EQ(advice["advice"][0]["question"], question);
  EXPECT_EQ(advice.dump().find("hunter"), std::string::npos);
  EXPECT_EQ(Agent(workstation, {"vision", "--session", "ses_nobody"}).exit_code, 2);
}

}  // namespace
}  // namespace fleet
