// Kills the real agent at every request it sends to a Qdrant server, once as if the server had done what it was asked
// and once as if it had not, and at every call that can change the disk; and shows that no point is lost at any of
// these instants and that the next run finishes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>

#include "common/sha256.h"
#include "tests/fault/syscall_killer.h"
#include "tests/support/process.h"
#include "tests/support/qdrant_double.h"

namespace fleet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr char kUnnamed[] = R"({"size":384,"distance":"Cosine"})";
constexpr char kCollection[] = "AgentMemories";
constexpr int kPoints = 70;  // two batches

// What is done to which state, and what has to be true of it.
struct Scenario {
  std::string name;
  std::vector<std::string> command;
  std::function<void(QdrantDouble&)> prepare;
  std::function<void(QdrantDouble&)> damage = nullptr;  // done after the prepared collection was backed up
};
void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

Json DumpOf(QdrantDouble& server, const std::string& name) {
  Json dump;
  server.Change([&](QdrantStore& store) {
    if (store.Exists(name)) dump = store.Dump(name);
  });
  return dump;
}

std::vector<std::string> Collections(QdrantDouble& server) {
  std::vector<std::string> names;
  server.Change([&](QdrantStore& store) {
    const Json list = store.List();
    for (const Json& entry : list["collections"]) names.push_back(entry["name"].get<std::string>());
  });
  return names;
}

// The points by id, with the one vector under no name.
std::map<std::string, Json> PointsOf(const Json& dump) {
  std::map<std::string, Json> points;
  for (const Json& point : dump.value("points", Json::array())) {
    points[point["id"].dump()] = {point["payload"], point["vectors"].empty() ? Json() : *point["vectors"].begin()};
  }
  return points;
}

class QdrantCrash : public testing::TestWithParam<Scenario> {
 protected:
  void SetUp() override {
    const std::string base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path().string();
    folder_ = base + "/dgmo-fleet-qdrant-crash-" + std::to_string(getpid());
    fs::remove_all(folder_);
    Reset();
    expected_ = PointsOf(DumpOf(server_, kCollection));
    if (!GetParam().damage) return;
    // With what the damage leaves the snapshot is the only place where all points are.
    fs::create_directories(folder_ + "/saved");
    ASSERT_EQ(RunProgram(Command({"backup", "--collection", kCollection})).exit_code, 0);
    fs::copy(home() + "/backups", folder_ + "/saved", fs::copy_options::recursive);
    Reset();
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string home() const { return folder_ + "/home"; }
  std::string state() const { return folder_ + "/state"; }
  std::string backups() const { return home() + "/backups/qdrant"; }

  void Reset() {
    server_.Change([](QdrantStore& store) {
      const Json list = store.List();
      for (const Json& entry : list["collections"]) store.Delete(entry["name"].get<std::string>());
    });
    fs::remove_all(server_.snapshots());
    fs::create_directories(server_.snapshots());
    fs::remove_all(home());
    fs::remove_all(state());
    fs::create_directories(home());
    GetParam().prepare(server_);
    if (GetParam().damage && fs::exists(folder_ + "/saved")) {
      fs::copy(folder_ + "/saved", home() + "/backups", fs::copy_options::recursive);
      GetParam().damage(server_);
    }
  }

  std::vector<std::string> Command(const std::vector<std::string>& words) const {
    std::vector<std::string> command = {FLEET_AGENT_PROGRAM, "qdrant"};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--json", "--home", home(), "--state", state(), "--url", server_.url()});
    return command;
  }

  // Every point is whole in at least one place: a collection, or a snapshot that verifies.
  void ExpectNothingLost(const std::string& when) {
    const auto holds_all = [&](const std::map<std::string, Json>& points) {
      return std::all_of(expected_.begin(), expected_.end(), [&](const auto& point) {
        const auto found = points.find(point.first);
        return found != points.end() && found->second == point.second;
      });
    };
    for (const std::string& name : Collections(server_)) {
      if (holds_all(PointsOf(DumpOf(server_, name)))) return;
    }
    ASSERT_TRUE(GetParam().damage) << when << ": no collection has all points";
    ASSERT_EQ(RunProgram(Command({"verify", "--all"})).exit_code, 0) << when;
  }

  // What has the name of a backup is one.
  void ExpectOnlyGoodBackups(const std::string& when) {
    const Finished verified = RunProgram(Command({"verify", "--all"}));
    ASSERT_EQ(verified.exit_code, 0) << when << ": " << verified.out;
  }

  void ExpectNextRunFinishes(const std::string& when) {
    const Finished finished = RunProgram(Command(GetParam().command));
    ASSERT_EQ(finished.exit_code, 0) << when << ": " << finished.out << finished.err;
    const Json after = DumpOf(server_, kCollection);
    ASSERT_EQ(PointsOf(after), expected_) << when;
    if (GetParam().name != "Backup") {
      ASSERT_EQ(after["vectors"], Json::parse(kRightVectors)) << when;
    }
    ASSERT_THAT(Collections(server_), testing::ElementsAre(kCollection)) << when;
    ExpectOnlyGoodBackups(when);
  }

  std::string folder_;
  QdrantDouble server_;
  std::map<std::string, Json> expected_;
};

// The request of this number kills the program; whether the server does it first is `done`. False: there were fewer.
class KilledByRequest {
 public:
  KilledByRequest(QdrantDouble& server, int at, bool done) : server_(server) {
    server_.BeforeEach([this, at, done](const QdrantDouble::Request&, QdrantStore&) {
      if (seen_++ != at) return;
      while (pid_ == 0) std::this_thread::yield();
      if (!done) server_.SpoilThis(QdrantFault::kHang);
      killed_ = true;
      kill(pid_, SIGKILL);
    });
  }
  ~KilledByRequest() {
    server_.BeforeEach(nullptr);
    // Lets go of the request that is never answered.
    server_.Stop();
    server_.Start();
  }
  bool Run(const std::vector<std::string>& command) {
    Process process(command, {});
    pid_ = process.pid();
    EXPECT_NE(process.Wait(std::chrono::seconds(60)), -1);
    return killed_;
  }

 private:
  QdrantDouble& server_;
  std::atomic<pid_t> pid_ = 0;
  std::atomic<bool> killed_ = false;
  int seen_ = 0;
};

TEST_P(QdrantCrash, AtEveryRequestNothingIsLostAndTheNextRunFinishes) {
  for (const bool done : {true, false}) {
    int at = 0;
    for (;; ++at) {
      Reset();
      bool killed = false;
      {
        KilledByRequest killer(server_, at, done);
        killed = killer.Run(Command(GetParam().command));
      }
      if (!killed) break;
      const std::string when = "killed at request " + std::to_string(at) + (done ? ", done" : ", not done");
      ExpectNothingLost(when);
      ExpectNextRunFinishes(when);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(at, 5);
    if (done) std::cout << GetParam().name << ": killed at each of " << at << " requests, twice\n";
  }
}

TEST_P(QdrantCrash, AtEveryChangeOfTheDiskNothingIsLostAndTheNextRunFinishes) {
  Reset();
  const std::optional<KilledRun> whole = RunAndKill(Command(GetParam().command), std::nullopt);
  if (!whole) GTEST_SKIP() << "this machine does not allow tracing";
  ASSERT_EQ(whole->exit_code, 0);
  int kills = 0;
  for (int at = 0; at < whole->calls; ++at) {
    Reset();
    const std::optional<KilledRun> run = RunAndKill(Command(GetParam().command), at);
    ASSERT_TRUE(run);
    kills += run->killed ? 1 : 0;
    const std::string when = "killed at change " + std::to_string(at) + " (" + run->last_call + ")";
    ExpectNothingLost(when);
    ExpectNextRunFinishes(when);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(kills, 5);
  std::cout << GetParam().name << ": killed at each of " << kills << " changes of the disk\n";
}

void Fill(QdrantDouble& server, const char* vectors, int points = kPoints) {
  server.Change([&](QdrantStore& store) { FillQdrantCollection(store, kCollection, vectors, points); });
}

std::vector<Scenario> Scenarios() {
  const auto lost = [](QdrantDouble& server) { server.Change([](QdrantStore& store) { store.Delete(kCollection); }); };
  const auto emptied = [](QdrantDouble& server) {
    server.Change([](QdrantStore& store) {
      store.Delete(kCollection);
      FillQdrantCollection(store, kCollection, kRightVectors, 0);
    });
  };
  return {
      {.name = "Revector", .command = {"revector"}, .prepare = [](QdrantDouble& server) { Fill(server, kUnnamed); }},
      {.name = "Backup", .command = {"backup"}, .prepare = [](QdrantDouble& server) { Fill(server, kRightVectors); }},
      {.name = "RestoreMissing",
       .command = {"restore"},
       .prepare = [](QdrantDouble& server) { Fill(server, kRightVectors); },
       .damage = lost},
      // The collection was made anew with the right vectors; the snapshot has the unnamed one.
      {.name = "RestoreOtherVectors",
       .command = {"restore"},
       .prepare = [](QdrantDouble& server) { Fill(server, kUnnamed); },
       .damage = emptied},
  };
}

INSTANTIATE_TEST_SUITE_P(Operations, QdrantCrash, testing::ValuesIn(Scenarios()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace fleet
