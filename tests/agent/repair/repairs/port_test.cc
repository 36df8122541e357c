#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

#include "tests/agent/repair/repairs/service_world.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A port that somebody listens on, made by the test and left to a real process.
class PortTest : public ServiceTest {
 protected:
  PortTest() {
    settings_.qdrant_connect_limit_ms = 100;
    // Pauses are short here, so that a process that ends has time to.
    while_paused_ = [] { usleep(1'000); };
  }

  // Listens; the descriptor is inherited by what is started next, and closed here by Hand.
  void Listen(int reuse = 0) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &reuse, sizeof reuse);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    ASSERT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(socket_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  std::unique_ptr<ChildProcess> Hold(
      const std::string& name, const std::function<void()>& before = [] {}) {
    return std::make_unique<ChildProcess>(dir_, name, before);
  }
  void Hand() {
    close(socket_);
    socket_ = -1;
  }
  std::unique_ptr<ChildProcess> Squatter(const std::string& name = "squatter") {
    Listen();
    auto process = Hold(name, [] { signal(SIGTERM, SIG_DFL); });
    Hand();
    return process;
  }
  Finding Conflict() const {
    Finding finding;
    finding.code = "PORT_CONFLICT";
    finding.root = "/";
    finding.subject_id = "port " + std::to_string(port_);
    finding.evidence["port"] = std::int64_t{port_};
    return finding;
  }
  ~PortTest() override {
    if (socket_ >= 0) close(socket_);
  }

  std::uint16_t port_ = 0;
  int socket_ = -1;
};

TEST_F(PortTest, NeedsConsent) { EXPECT_TRUE(kPort.needs_consent); }

TEST_F(PortTest, AsksTheOwnerToEndAndSaysThatThePortIsFree) {
  const auto squatter = Squatter();
  const ServiceAnswer plan = PlanOf(kPort, Conflict());
  EXPECT_THAT(std::get<ServicePlan>(plan).steps, ElementsAre(HasSubstr("squatter"), HasSubstr("SIGKILL")));
  EXPECT_EQ(squatter->EndedBy(), 0) << "a plan ends nobody";
  const ServiceOutcome outcome = Apply(kPort, Conflict());
  EXPECT_EQ(outcome.outcome, Outcome::kApplied) << outcome.text;
  EXPECT_EQ(squatter->EndedBy(), SIGTERM);
  EXPECT_EQ(RefusalOf(kPort, Conflict()), "port_is_free") << "there is nothing left to do";
}

TEST_F(PortTest, KillsOneThatDoesNotListenAfterTenSeconds) {
  Listen();
  const auto squatter = Hold("squatter", [] { signal(SIGTERM, SIG_IGN); });
  Hand();
  const ServiceOutcome outcome = Apply(kPort, Conflict());
  EXPECT_EQ(outcome.outcome, Outcome::kApplied) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("was killed"));
  EXPECT_EQ(squatter->EndedBy(), SIGKILL);
  EXPECT_GE(paused_, std::chrono::seconds(10));
}

TEST_F(PortTest, NeverEndsAClientOfThePort) {
  const auto squatter = Squatter();
  const auto client = Hold("client", [&] {
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address);
  });
  EXPECT_EQ(Apply(kPort, Conflict()).outcome, Outcome::kApplied);
  EXPECT_EQ(client->EndedBy(), 0);
}

TEST_F(PortTest, EndsAllThatHoldTheSameSocket) {
  Listen();
  const auto parent = Hold("squatter", [] { signal(SIGTERM, SIG_DFL); });
  const auto child = Hold("squatter", [] { signal(SIGTERM, SIG_DFL); });
  Hand();
  const ServiceOutcome outcome = Apply(kPort, Conflict());
  EXPECT_EQ(outcome.outcome, Outcome::kApplied) << outcome.text;
  EXPECT_EQ(parent->EndedBy(), SIGTERM);
  EXPECT_EQ(child->EndedBy(), SIGTERM);
}

TEST_F(PortTest, SaysWhenSomethingStartsItAgain) {
  Listen(1);
  const auto squatter = Hold("squatter", [] { signal(SIGTERM, SIG_DFL); });
  Hand();
  Listen(1);  // another socket on the same port
  const auto next = Hold("next", [] { signal(SIGTERM, SIG_DFL); });
  Hand();
  const ServiceOutcome outcome = Apply(kPort, Conflict());
  EXPECT_EQ(outcome.outcome, Outcome::kFailed);
  EXPECT_EQ(outcome.reason, "came_back");
  EXPECT_NE(squatter->EndedBy() == 0, next->EndedBy() == 0) << "one of them was left";
}

TEST_F(PortTest, NeverEndsQdrant) {
  const auto qdrant = Squatter("qdrant");
  EXPECT_EQ(RefusalOf(kPort, Conflict()), "is_expected");
  EXPECT_EQ(qdrant->EndedBy(), 0);
}

TEST_F(PortTest, NeverEndsDgmo) {
  const auto dgmo = Squatter("dgmo");
  EXPECT_EQ(RefusalOf(kPort, Conflict()), "is_expected");
  EXPECT_EQ(dgmo->EndedBy(), 0);
}

TEST_F(PortTest, NeverEndsWhatAnswersAsQdrantWhateverItsName) {
  settings_.qdrant_connect_limit_ms = 10'000;
  Listen();
  const pid_t server = fork();
  if (server == 0) {
    for (;;) {
      const int connection = accept(socket_, nullptr, nullptr);
      char request[1024];
      static_cast<void>(read(connection, request, sizeof request));
      const char answer[] =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
          R"({"title":"qdrant - vector search engine","version":"1.9.0"})";
      static_cast<void>(write(connection, answer, sizeof answer - 1));
      close(connection);
    }
  }
  Hand();
  EXPECT_EQ(RefusalOf(kPort, Conflict()), "is_qdrant");
  EXPECT_EQ(kill(server, 0), 0);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
}

TEST_F(PortTest, NeverEndsAnotherUsersProcess) {
  const auto squatter = Squatter();
  home_.home.owner = geteuid() + 1;
  EXPECT_EQ(RefusalOf(kPort, Conflict()), "foreign_process");
  EXPECT_EQ(squatter->EndedBy(), 0);
}

TEST_F(PortTest, NeverEndsTheAgentItself) {
  Listen();
  EXPECT_EQ(RefusalOf(kPort, Conflict()), "is_system");
}

TEST_F(PortTest, AnAddressElsewhereIsNotThisMachinesBusiness) {
  Finding finding;
  finding.code = "QDRANT_WRONG_SERVICE";
  finding.root = "http://memory.example.com:6333";
  EXPECT_EQ(RefusalOf(kPort, finding), "not_here");
}

TEST_F(PortTest, TakesThePortOfALocalServerFromItsAddress) {
  const auto squatter = Squatter();
  home_.qdrant.emplace();
  home_.qdrant->url = "http://localhost:" + std::to_string(port_);
  home_.qdrant->local = true;
  Finding finding;
  finding.code = "QDRANT_WRONG_SERVICE";
  finding.root = home_.qdrant->url;
  EXPECT_EQ(Apply(kPort, finding).outcome, Outcome::kApplied);
  EXPECT_EQ(squatter->EndedBy(), SIGTERM);
}

}  // namespace
}  // namespace fleet::agent
