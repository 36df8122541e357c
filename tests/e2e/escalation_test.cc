// Incidents that are told to somebody: a real coordinator, a real agent, and a program as the channel.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"

namespace fleet {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kCode[] = "SUBSESSION_INDEX_MISSING";

class EscalationChainTest : public FleetTest {
 protected:
  // Everything is told to a program that keeps what it is told as long as `works` is there.
  std::string Config() {
    InstallScript(dir() / "notify", "test -e " + (dir() / "works") + " || exit 75\ncat >> " + (dir() / "told"));
    const Json config = {
        {"channels", {{"pager", {{"type", "program"}, {"command", {dir() / "notify"}}}}}},
        {"chains",
         {{{"severities", {"P0", "P1", "P2", "P3"}}, {"steps", {{{"channels", {"pager"}}}}}, {"repeat", "30m"}}}},
        {"link", "https://fleet.example/{id}"}};
    const std::string path = dir() / "escalation.json";
    std::ofstream(path) << config.dump(1);
    return path;
  }
  void LetItWork() const { std::ofstream(dir() / "works") << ""; }
  std::vector<Json> Told() const {
    std::vector<Json> told;
    std::istringstream lines(ReadFile(dir() / "told"));
    for (std::string line; std::getline(lines, line);) {
      Json notice = Json::parse(line, nullptr, false);
      if (notice.is_object() && notice.value("code", "") == kCode) told.push_back(std::move(notice));
    }
    return told;
  }
  std::vector<std::string> Kinds() const {
    std::vector<std::string> kinds;
    for (const Json& notice : Told()) kinds.push_back(notice.value("kind", "?"));
    return kinds;
  }
  // A workstation with one fault that a repair cures.
  void Break() {
    Workstation& station = AddWorkstation("ws-1");
    agent::StoreWriter store = agent::StoreWriter::Program(station.home);
    const std::string parent = store.AddConversation("Parent");
    store.AddAgent(parent, "Look");
    std::filesystem::remove(store.path() + "/storage/session/sub-session-index/" + parent + ".json");
    InstallDgmo(station.home);
    StartAgent(station);
    ASSERT_TRUE(Eventually([&] { return Incidents().size() == 1; })) << Ctl({"incidents", "list"}).out;
  }
  Json Incidents() const { return CtlJson({"incidents", "list", "--code", kCode})["incidents"]; }
};

TEST_F(EscalationChainTest, SomebodyIsToldWhenItBeginsWhenItIsTakenOnAndWhenItIsOver) {
  LetItWork();
  StartCoordinator({"--escalation", Config()});
  Break();
  ASSERT_TRUE(Eventually([&] { return Kinds().size() == 1; })) << ReadFile(dir() / "coordinator.log");
  const auto id = Incidents()[0]["incident_id"].get<std::string>();
  EXPECT_EQ(Told()[0]["incident_id"], id);
  EXPECT_EQ(Told()[0]["link"], "https://fleet.example/" + id);
  EXPECT_EQ(Ctl({"incidents", "ack", id, "--owner", "mira"}).exit_code, 0);
  ASSERT_TRUE(Eventually([&] { return Kinds().size() == 2; }));
  EXPECT_EQ(Told()[1]["owner"], "mira");
  EXPECT_EQ(Ctl({"dispatch", "start", "--all", "--wait"}).exit_code, 0);
  ASSERT_TRUE(Eventually([&] { return Kinds().size() == 3; })) << Ctl({"notices"}).out;
  EXPECT_THAT(Kinds(), ElementsAre("opened", "changed", "closed"));
  EXPECT_THAT(Ctl({"notices", "--incident", id}).out, HasSubstr("delivered"));
}

TEST_F(EscalationChainTest, ANoticeOutlivesTheCoordinatorAndAChannelThatDoesNotWork) {
  StartCoordinator({"--escalation", Config()});
  Break();
  ASSERT_TRUE(Eventually([&] { return CtlJson({"notices"})["notices"][0]["attempts"] >= 1; })) << Ctl({"notices"}).out;
  KillCoordinator();
  LetItWork();
  RestartCoordinator();
  ASSERT_TRUE(Eventually([&] { return Kinds().size() == 1; }, std::chrono::seconds(60))) << Ctl({"notices"}).out;
  EXPECT_THAT(Kinds(), ElementsAre("opened"));
}

TEST_F(EscalationChainTest, TheExampleIsInOrder) {
  const Finished finished =
      RunProgram({CoordinatorProgram(), "serve", "--check-config", "--escalation", FLEET_ESCALATION_EXAMPLE});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
}

TEST_F(EscalationChainTest, AConfigurationThatIsWrongStopsTheStart) {
  const std::string path = dir() / "wrong.json";
  std::ofstream(path) << R"({"chains": [{"severities": ["P0"], "steps": [{"channels": ["pager"]}]}]})";
  const Finished finished = RunProgram({CoordinatorProgram(), "serve", "--check-config", "--escalation", path});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, HasSubstr("chains[0].steps[0].channels names \"pager\", which is none of the channels"));
  EXPECT_THAT(finished.err, HasSubstr(path));
}

}  // namespace
}  // namespace fleet
