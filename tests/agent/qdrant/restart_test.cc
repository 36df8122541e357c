#include "agent/qdrant/restart.h"

#include "agent/qdrant/docker.h"
#include "tests/agent/qdrant/scene_fixture.h"
#include "tests/support/raw_server.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class QdrantRestart : public QdrantSceneTest {
 protected:
  QdrantRestart() {
    Fill(kRightVectors, 20);
    options_.find_method = [this](const QdrantScene&) -> absl::StatusOr<std::optional<RestartMethod>> {
      return RestartMethod{"docker", "qdrant-1", [this] { return Restart(); }};
    };
  }
  // The container starts its server at the try of this number, or says that it cannot.
  absl::Status Restart() {
    ++tries_;
    if (!refusal_.ok()) return refusal_;
    if (tries_ >= starts_at_) server.Start();
    return absl::OkStatus();
  }
  absl::StatusOr<OperationReport> Run() { return RunQdrantRestart(Scene(), options_); }

  RestartOptions options_;
  absl::Status refusal_;
  int tries_ = 0;
  int starts_at_ = 1;
};

TEST_F(QdrantRestart, AServerThatIsDownIsStartedAndLookedAt) {
  server.Stop();
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(tries_, 1);
  EXPECT_EQ(report->facts["points"], 20);
  EXPECT_EQ(report->facts["collections"], 1);
}

TEST_F(QdrantRestart, AtMostThreeTriesFiveSecondsApart) {
  server.Stop();
  starts_at_ = 99;
  EXPECT_THAT(Run().status(), HasReason("not_restarted"));
  EXPECT_EQ(tries_, 3);
  EXPECT_EQ(std::count(pauses.begin(), pauses.end(), std::chrono::seconds(5)), 2);
}

TEST_F(QdrantRestart, TheThirdTryCounts) {
  server.Stop();
  starts_at_ = 3;
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->facts["tries"], 3);
}

TEST_F(QdrantRestart, AServerThatLoadsForAWhileIsWaitedFor) {
  server.Stop();
  starts_at_ = 99;
  on_pause = [this] {
    if (pauses.size() == 20) server.Start();
  };
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(tries_, 1);
}

TEST_F(QdrantRestart, WhoMayNotIsNotAskedAgain) {
  server.Stop();
  refusal_ = Fail("docker_denied", "no");
  EXPECT_THAT(Run().status(), HasReason("docker_denied"));
  EXPECT_EQ(tries_, 1);
}

TEST_F(QdrantRestart, WhatShouldNotBeRestartedIsRefused) {
  EXPECT_THAT(Run().status(), HasReason("is_well"));
  options_.although_well = true;
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(tries_, 1);
  target.url = "http://memory.example.com:6333";
  EXPECT_THAT(Run().status(), HasReason("not_local"));
  target.url = server.url();
  server.Inject("/readyz", QdrantFault::kFailed, 1);
  options_.find_method = [](const QdrantScene&) { return std::optional<RestartMethod>(); };
  EXPECT_THAT(Run().status(), HasReason("no_method"));
  EXPECT_THAT(PlanQdrantRestart(Scene(), options_).status(), HasReason("no_method"));
  EXPECT_EQ(tries_, 1);
}

constexpr char kContainers[] = R"([
  {"Id":"aaa111","Names":["/web"],"State":"running","Ports":[{"PrivatePort":80,"PublicPort":8080,"Type":"tcp"}]},
  {"Id":"bbb222","Names":["/memory"],"State":"running",
   "Ports":[{"IP":"0.0.0.0","PrivatePort":6333,"PublicPort":6333,"Type":"tcp"},{"PrivatePort":6334,"Type":"tcp"}]},
  {"Id":"ccc333","Names":["/qdrant-old"],"State":"exited","Ports":[]}])";

TEST(Docker, TheContainerThatPublishesThePortIsTheServer) {
  const auto containers = ParseContainers(kContainers, 6333);
  ASSERT_TRUE(containers.ok()) << containers.status();
  EXPECT_THAT(*containers, SizeIs(3));
  const auto chosen = ChooseContainer(*containers);
  ASSERT_TRUE(chosen.ok() && *chosen);
  EXPECT_EQ((*chosen)->id, "bbb222");
}

TEST(Docker, ElseTheOneCalledSo) {
  const auto chosen = ChooseContainer(*ParseContainers(kContainers, 7777));
  ASSERT_TRUE(chosen.ok() && *chosen);
  EXPECT_EQ((*chosen)->id, "ccc333");
  EXPECT_FALSE(ChooseContainer({}).value().has_value());
}

TEST(Docker, OfSeveralNoneIsGuessed) {
  const auto chosen = ChooseContainer({{.id = "a1", .name = "qdrant-1"}, {.id = "b2", .name = "Qdrant"}});
  EXPECT_THAT(chosen.status(), HasReason("container_ambiguous"));
}

TEST(Docker, WhatIsNoListIsAnError) {
  for (const char* text : {"", "{}", "[", "<html>"}) EXPECT_FALSE(ParseContainers(text, 6333).ok()) << text;
  EXPECT_THAT(*ParseContainers(R"([7,{"Id":"../x"},{"Id":5},{}])", 6333), SizeIs(0));
}

TEST(Docker, TheSocketIsThatOfTheEnvironment) {
  EXPECT_EQ(DockerEngine::SocketOf(nullptr), "/var/run/docker.sock");
  EXPECT_EQ(DockerEngine::SocketOf("unix:///run/user/1000/podman.sock"), "/run/user/1000/podman.sock");
  EXPECT_EQ(DockerEngine::SocketOf("tcp://10.0.0.1:2375"), "");
}

TEST(Docker, SpeaksOverTheSocket) {
  const TempDir dir;
  const std::string list = kContainers;
  const RawServer lists("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                            std::to_string(list.size()) + "\r\nConnection: close\r\n\r\n" + list,
                        RawServer::Then::kClose, dir / "list.sock");
  const auto containers = DockerEngine(dir / "list.sock").Containers(6333);
  ASSERT_TRUE(containers.ok()) << containers.status();
  EXPECT_THAT(*containers, SizeIs(3));

  const RawServer restarts("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", RawServer::Then::kClose,
                           dir / "restart.sock");
  EXPECT_TRUE(DockerEngine(dir / "restart.sock").Restart((*containers)[1]).ok());

  const RawServer refuses(
      "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{\"message\":\"no "
      "space\"} ",
      RawServer::Then::kClose, dir / "refuse.sock");
  const absl::Status refused = DockerEngine(dir / "refuse.sock").Restart((*containers)[1]);
  EXPECT_THAT(refused, HasReason("docker_error"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("no space"));
  EXPECT_THAT(DockerEngine(dir / "nothing.sock").Containers(6333).status(), HasReason("docker_unreachable"));
}

}  // namespace
}  // namespace fleet::agent
