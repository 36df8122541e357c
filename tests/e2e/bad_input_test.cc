// Input that nobody should have made: a clear error or finding, nothing hangs, nothing is lost.

#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/store/session_id.h"
#include "common/clock.h"
#include "common/finding_wire.h"
#include "dgmo/fleet/v1/agent_gateway.grpc.pb.h"
#include "tests/e2e/fleet_fixture.h"
#include "tests/support/backup_writer.h"
#include "tests/support/fake_program.h"

namespace fleet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr char kId[] = "ses_816aecd9affetzTJbgUmNbzSey";
constexpr char kProject[] = ".local/share/dgmo/project/home-mira-src";

std::string Info(const std::string& id, const std::string& more = "", std::int64_t created = 1'751'966'102'117) {
  const std::string time = std::to_string(created);
  return R"({"id":")" + id + R"(","version":"0.2.3",)" + more +
         R"("title":"New Session - 2025-07-08T09:15:02.117Z","time":{"created":)" + time + R"(,"updated":)" + time +
         "}}";
}

class BadInput : public FleetTest {
 protected:
  // A workstation with one healthy session; returns its session folder.
  std::string Store(const std::string& name) {
    station_ = &AddWorkstation(name);
    const std::string session = station_->home + "/" + kProject + "/storage/session";
    fs::create_directories(session + "/info");
    Write(station_->home + "/" + kProject + "/app.json", "{}");
    Write(session + "/info/" + kId + ".json", Info(kId));
    return session;
  }

  static void Write(const std::string& path, const std::string& bytes) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }

  Json Check() {
    const Finished finished = Agent(*station_, {"check", "--json"});
    EXPECT_TRUE(finished.exit_code == 0 || finished.exit_code == 1) << finished.err;
    const Json report = Json::parse(finished.out, nullptr, false);
    EXPECT_TRUE(report.is_object()) << finished.out;
    return report;
  }

  // Root may read everything: be somebody who may not. The program is copied to where nobody reaches it.
  Finished RunAsNobody(std::vector<std::string> argv) const {
    const std::string program = dir() / "dgmo-agent";
    fs::copy_file(AgentProgram(), program, fs::copy_options::skip_existing);
    argv.insert(argv.begin(), program);
    if (geteuid() == 0) {
      fs::permissions(dir().path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
      argv.insert(argv.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    }
    return RunProgram(argv);
  }

  static std::int64_t Count(const Json& report, const std::string& code) {
    std::int64_t count = 0;
    for (const Json& finding : report["findings"]) count += finding["code"] == code ? 1 : 0;
    return count;
  }

  Workstation* station_ = nullptr;
};

TEST_F(BadInput, ARootThatIsAFileOrNothingIsAClearError) {
  Write(dir() / "file", "x");
  for (const std::string& root : {dir() / "file", dir() / "missing", dir().path()}) {
    const Finished finished = RunProgram({AgentProgram(), "check", "--root", root});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.err.rfind("error: ", 0), 0U) << finished.err;
    EXPECT_NE(finished.err.find(root), std::string::npos) << finished.err;
  }
  EXPECT_EQ(RunProgram({AgentProgram(), "check", "--home", dir() / "file"}).exit_code, 2);
  EXPECT_EQ(RunProgram({AgentProgram(), "check", "--no-such-flag"}).exit_code, 2);
  EXPECT_EQ(
      RunProgram({AgentProgram(), "repair", "--plan", "--repair", "R-NONSENSE", "--root", dir() / "file"}).exit_code,
      2);
}

TEST_F(BadInput, AFileOf200MegabytesIsAFindingAndIsNotRead) {
  const std::string session = Store("large");
  Write(session + "/info/" + kId + ".json", Info(kId));
  fs::resize_file(session + "/info/" + kId + ".json", 200U << 20);
  EXPECT_EQ(Count(Check(), "SESSION_OVERSIZE"), 1);
}

TEST_F(BadInput, NamesOf255BytesAndNamesThatAreNotUtf8AreReportedInValidJson) {
  const std::string session = Store("names");
  Write(session + "/info/" + std::string(250, 'n') + ".json", "");
  Write(session + "/info/caf\xE9\x1b[31m.json", "{");
  const Json report = Check();
  EXPECT_EQ(Count(report, "SESSION_JSON_EMPTY"), 1);
  EXPECT_EQ(Count(report, "SESSION_JSON_TRUNCATED"), 1);
  const std::string text = Agent(*station_, {"check"}).out;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "an escape sequence in a name must not reach a terminal";
}

TEST_F(BadInput, AFifoASocketAndALinkLoopAreNamedAndNotOpened) {
  const std::string session = Store("special");
  ASSERT_EQ(mkfifo((session + "/info/pipe.json").c_str(), 0600), 0);
  fs::create_symlink("loop.json", session + "/info/loop.json");
  fs::create_directory_symlink("..", session + "/info/up");
  fs::create_symlink("/etc/passwd", session + "/info/outside.json");
  const Json report = Check();
  EXPECT_EQ(Count(report, "STORAGE_UNEXPECTED_TYPE"), 4);
  EXPECT_EQ(report.dump().find("root:x:0"), std::string::npos);
}

TEST_F(BadInput, WhatMayNotBeReadIsSaidAndTheRestIsChecked) {
  const std::string session = Store("closed");
  Write(session + "/info/ses_816ad5941ffeDj8c5W2qfZKlcX.json", "");
  fs::permissions(session + "/info/" + kId + ".json", fs::perms::none);
  const Finished finished = RunAsNobody({"check", "--json", "--home", station_->home, "--state", dir() / "state"});
  const Json report = Json::parse(finished.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << finished.err;
  EXPECT_EQ(Count(report, "PERM_FILE_ACCESS"), 1) << report.dump(1);
  EXPECT_EQ(Count(report, "SESSION_JSON_EMPTY"), 1);
}

TEST_F(BadInput, AnUnreadableRootIsAFindingOfItsHomeAndAnErrorByItself) {
  Store("locked");
  const std::string root = station_->home + "/" + kProject;
  fs::permissions(root, fs::perms::none);
  const Finished home = RunAsNobody({"check", "--json", "--home", station_->home, "--state", dir() / "state"});
  const Json report = Json::parse(home.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << home.err;
  EXPECT_EQ(Count(report, "PERM_DIR_ACCESS"), 1) << report.dump(1);
  const Finished alone = RunAsNobody({"check", "--root", root, "--state", dir() / "state"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_NE(alone.err.find("Permission denied"), std::string::npos) << alone.err;
  fs::permissions(root, fs::perms::owner_all);
}

// Adds children the way dgmo does: whole file beside, rename, in the order info, record, index.
class DgmoWriter {
 public:
  explicit DgmoWriter(std::string session) : session_(std::move(session)), thread_([this] { Run(); }) {}
  ~DgmoWriter() {
    stop_ = true;
    thread_.join();
  }

 private:
  void Put(const std::string& path, const std::string& text) {
    const std::string file = session_ + "/" + path + ".json";
    fs::create_directories(fs::path(file).parent_path());
    const std::string temporary = file + "1751966108427.tmp";
    std::ofstream(temporary) << text;
    fs::rename(temporary, file);
  }

  void Run() {
    std::string index;
    for (int i = 0; i < 5'000 && !stop_; ++i) {
      const std::int64_t created = 1'751'966'102'117 + i;
      const std::string child = agent::MakeId("ses", created, 1, "Dj8c5W2qfZKlcX");
      Put("info/" + child, Info(child, R"("parentID":")" + std::string(kId) + R"(",)", created));
      Put("sub-sessions/" + child,
          R"({"id":")" + child + R"(","parentSessionId":")" + kId +
              R"(","agentName":"a","taskDescription":"t","status":"running","createdAt":1751966197444})");
      index += (index.empty() ? "\"" : ",\"") + child + "\"";
      Put(std::string("sub-session-index/") + kId, "[" + index + "]");
    }
  }

  std::string session_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST_F(BadInput, AStoreThatChangesWhileItIsReadGivesNoFalseFinding) {
  const std::string session = Store("busy");
  InstallDgmo(station_->home);
  WriteSessionBackup(station_->home, ToMillis(SystemClock().Now()));
  // What makes the root live: a process called dgmo with a file of it open.
  fs::create_directories(dir() / "bin");
  fs::copy_file("/bin/tail", dir() / "bin/dgmo");
  Process dgmo({dir() / "bin/dgmo", "-f", station_->home + "/" + kProject + "/app.json"}, {});
  {
    const DgmoWriter writer(session);
    for (int check = 0; check < 3; ++check) {
      const Json report = Check();
      EXPECT_TRUE(report["findings"].empty()) << report["findings"].dump(1);
    }
  }
  const Finished repair = Agent(*station_, {"repair", "--apply", "--json"});
  EXPECT_EQ(repair.exit_code, 0) << repair.out;
}

int Connect(const std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

TEST_F(BadInput, GarbageOnTheCoordinatorsPortDisturbsNobody) {
  StartCoordinator();
  std::vector<int> open;
  for (int i = 0; i < 50; ++i) {
    const int fd = Connect(address());
    const std::string garbage =
        i % 2 == 0 ? std::string(100'000, static_cast<char>(i)) : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage";
    EXPECT_GE(send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL), -1);
    open.push_back(fd);
  }
  EXPECT_EQ(Overview("agents"), 0);
  for (const int fd : open) close(fd);
  EXPECT_TRUE(coordinator().running());
}

TEST_F(BadInput, AMessageOfOneGigabyteIsRefusedAndTheOthersGoOn) {
  StartCoordinator();
  Workstation& station = AddWorkstation("good");
  StartAgent(station);
  ASSERT_TRUE(Eventually([&] { return Overview("agents") == 1; }));
  auto stub = v1::AgentGateway::NewStub(grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  auto stream = stub->Attach(&context);
  v1::AgentMessage message;
  message.mutable_hello()->set_agent_id(std::string(std::size_t{1} << 30, 'x'));
  stream->Write(message);
  v1::CoordinatorMessage answer;
  EXPECT_FALSE(stream->Read(&answer));
  // For its size; a busy machine that takes too long to read it says that no hello came in time.
  const grpc::StatusCode code = stream->Finish().error_code();
  EXPECT_TRUE(code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::DEADLINE_EXCEEDED) << code;
  EXPECT_TRUE(coordinator().running());
  EXPECT_EQ(Overview("agents"), 1);
}

TEST_F(BadInput, AnAgentThatTalksNonsenseIsClosedWithAReason) {
  StartCoordinator();
  auto stub = v1::AgentGateway::NewStub(grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  auto stream = stub->Attach(&context);
  v1::AgentMessage message;
  message.mutable_heartbeat();
  stream->Write(message);
  v1::CoordinatorMessage answer;
  EXPECT_FALSE(stream->Read(&answer));
  const grpc::Status status = stream->Finish();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.error_message(), "");
}

TEST_F(BadInput, ACoordinatorBeyondThisMachineIsRefusedWithoutTls) {
  for (const char* listen : {"0.0.0.0:0", "192.168.1.1:7443", "[::]:0"}) {
    const Finished finished =
        RunProgram({CoordinatorProgram(), "serve", "--listen", listen, "--store", "sqlite:" + (dir() / "x.db")});
    EXPECT_EQ(finished.exit_code, 2) << listen;
    EXPECT_EQ(finished.err.rfind("error: ", 0), 0U) << finished.err;
  }
}

TEST_F(BadInput, ASecondCoordinatorOnTheSamePortOrStoreIsAClearError) {
  StartCoordinator();
  const Finished port =
      RunProgram({CoordinatorProgram(), "serve", "--listen", address(), "--store", "sqlite:" + (dir() / "other.db")});
  EXPECT_EQ(port.exit_code, 2) << port.err;
  const Finished store = RunProgram(
      {CoordinatorProgram(), "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:" + (dir() / "coordinator.db")});
  EXPECT_EQ(store.exit_code, 2) << store.err;
  EXPECT_EQ(Overview("agents"), 0);
}

}  // namespace
}  // namespace fleet
