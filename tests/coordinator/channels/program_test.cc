#include "coordinator/channels/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/fake_program.h"
#include "tests/support/temp_dir.h"

namespace fleet::coordinator {
namespace {

using ::testing::HasSubstr;

class ProgramTest : public ::testing::Test {
 protected:
  Delivery Run(const std::string& script, const std::vector<std::string>& arguments = {}) {
    InstallScript(dir / "notify", script);
    std::vector<std::string> argv = {dir / "notify"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    Notice notice;
    notice.id = "inc_1-0";
    notice.thread = "thread 6";
    notice.subject = "P0 \"quoted\"; $(touch /tmp/never)";
    return ProgramChannel(argv)->Deliver(notice);
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(dir / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  const TempDir dir;
};

TEST_F(ProgramTest, GetsTheNoticeOnItsInputAndItsArgumentsAsTheyAre) {
  const Delivery delivery = Run("cat > \"$1\"; echo \"thread 7\"; echo more", {dir / "got"});
  EXPECT_EQ(delivery.outcome, Delivery::Outcome::kDelivered);
  EXPECT_EQ(delivery.thread, "thread 7");
  const auto document = nlohmann::json::parse(Read("got"));
  EXPECT_EQ(document["id"], "inc_1-0");
  EXPECT_EQ(document["thread"], "thread 6") << "as it was given back before";
  EXPECT_EQ(document["subject"], "P0 \"quoted\"; $(touch /tmp/never)");
}

TEST_F(ProgramTest, SaysByItsExitCodeWhetherToTryAgain) {
  const Delivery again = Run("echo one >&2; echo the modem is busy >&2; exit 75");
  EXPECT_EQ(again.outcome, Delivery::Outcome::kAgain);
  EXPECT_EQ(again.detail, "ended with 75: the modem is busy");
  EXPECT_EQ(Run("exit 1").outcome, Delivery::Outcome::kRefused);
  EXPECT_EQ(Run("kill -9 $$").outcome, Delivery::Outcome::kAgain);
}

TEST_F(ProgramTest, KnowsNothingOfTheCoordinatorsEnvironment) {
  setenv("DGMO_SECRET", "hunter2", 1);
  EXPECT_EQ(Run("env > \"$1\"", {dir / "environment"}).outcome, Delivery::Outcome::kDelivered);
  EXPECT_THAT(Read("environment"), HasSubstr("PATH="));
  EXPECT_THAT(Read("environment"), ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(ProgramTest, ThatIsNotThereIsRefused) {
  Notice notice;
  const Delivery delivery = ProgramChannel({dir / "none"})->Deliver(notice);
  EXPECT_EQ(delivery.outcome, Delivery::Outcome::kRefused);
  EXPECT_THAT(delivery.detail, HasSubstr("No such file"));
}

TEST_F(ProgramTest, LeavesNothingRunning) {
  EXPECT_EQ(Run("sleep 600 & echo $! > \"$1\"", {dir / "child"}).outcome, Delivery::Outcome::kDelivered);
  const int child = std::stoi(Read("child"));
  for (int look = 0; look < 500 && kill(child, 0) == 0; ++look) usleep(10'000);
  EXPECT_NE(kill(child, 0), 0);
}

}  // namespace
}  // namespace fleet::coordinator
