#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/checks/qdrant_target.h"
#include "agent/qdrant/admin.h"
#include "agent/qdrant/operation.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/temporary.h"
#include "tests/support/fake_clock.h"
#include "tests/support/qdrant_double.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {

constexpr char kName[] = "fast-all-minilm-l6-v2";
constexpr char kUnnamed[] = R"({"size":384,"distance":"Cosine"})";
constexpr char kCollection[] = "AgentMemories";
constexpr char kPath[] = "/collections/AgentMemories";

// A home whose Qdrant is a double over real HTTP. Pauses only move the clock.
class QdrantSceneTest : public ::testing::Test {
 protected:
  using Json = nlohmann::json;

  explicit QdrantSceneTest(QdrantDouble::Options options = {}) : server(std::move(options)) {
    settings.qdrant_storage = dir / "no-storage";
    settings.qdrant_url = server.url();
    target = QdrantTargetOf(ConfigFacts(), settings);
    home.path = dir / "home";
    std::filesystem::create_directories(home.path);
    Limit(std::chrono::seconds(20));
  }

  // How long one call may take.
  void Limit(std::chrono::milliseconds limit, const std::string& key = "") {
    QdrantAdmin::Options options;
    options.url = server.url();
    options.api_key = key;
    options.answer_limit = limit;
    options.work_limit = limit;
    options.stall_limit = stall_limit;
    options.max_request = max_request;
    options.max_answer = max_answer;
    options.pause = [this](std::chrono::milliseconds pause) { Pause(pause); };
    admin = std::make_unique<QdrantAdmin>(std::move(options), clock);
  }
  void Pause(std::chrono::milliseconds pause) {
    pauses.push_back(pause);
    clock.Advance(pause);
    if (on_pause) on_pause();
  }
  QdrantScene Scene() {
    return {.admin = *admin,
            .target = target,
            .settings = settings,
            .home = home,
            .backups = backups(),
            .more_backups = {},
            .state = dir / "state",
            .clock = clock,
            .pause = [this](std::chrono::milliseconds pause) { Pause(pause); }};
  }
  std::string backups() const { return home.path + "/backups/qdrant"; }

  void Fill(const std::string& vectors = kRightVectors, int points = 150, const std::string& name = kCollection) {
    server.Change([&](QdrantStore& store) { FillQdrantCollection(store, name, vectors, points); });
  }
  // Points with ids, payloads and numbers that are easily lost.
  void AddOddPoints(const std::string& vector_name) {
    server.Change([&](QdrantStore& store) {
      Json points = Json::array();
      const auto add = [&](const Json& id, const Json& payload, float seed) {
        Json numbers = Json::array();
        for (int i = 0; i < 384; ++i) numbers.push_back(static_cast<float>(i % 17) * 0.1F + seed);
        const Json vector = vector_name.empty() ? numbers : Json{{vector_name, numbers}};
        points.push_back({{"id", id}, {"payload", payload}, {"vector", vector}});
      };
      add(std::uint64_t{18'446'744'073'709'551'615ULL}, {{"document", "größte Id ✓ 🦀"}}, 0.37F);
      add(std::uint64_t{9'007'199'254'740'993ULL},
          {{"document", "beyond 2^53"}, {"metadata", {{"n", std::uint64_t{9'007'199'254'740'993ULL}}, {"x", 0.1}}}},
          1e-7F);
      add(7, Json::object(), 3.25F);
      add("ffffffff-ffff-4fff-bfff-ffffffffffff", {{"document", "\"quoted\"\n\\line\\"}}, -0.123456789F);
      store.Upsert(kCollection, {{"points", points}}, true);
    });
  }

  // Everything of a collection, for comparing.
  Json Dump(const std::string& name = kCollection) {
    Json dump;
    server.Change([&](QdrantStore& store) {
      if (store.Exists(name)) dump = store.Dump(name);
    });
    return dump;
  }
  static Json WithVectorCalled(Json points, const std::string& from, const std::string& to) {
    for (Json& point : points) {
      if (!point["vectors"].contains(from)) continue;
      Json vector = point["vectors"][from];
      point["vectors"].erase(from);
      point["vectors"][to] = std::move(vector);
    }
    return points;
  }
  std::vector<std::string> Collections() {
    std::vector<std::string> names;
    server.Change([&](QdrantStore& store) {
      const Json list = store.List();
      for (const Json& entry : list["collections"]) names.push_back(entry["name"].get<std::string>());
    });
    return names;
  }
  static std::vector<std::string> FilesIn(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code missing;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, missing)) {
      if (entry.is_regular_file()) names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  TempDir dir;
  FakeClock clock;
  QdrantDouble server;
  CheckSettings settings;
  QdrantTarget target;
  Home home;
  std::unique_ptr<QdrantAdmin> admin;
  std::chrono::seconds stall_limit{20};
  std::size_t max_request = 24 << 20;
  std::size_t max_answer = 64 << 20;
  std::vector<std::chrono::milliseconds> pauses;
  std::function<void()> on_pause;
};

MATCHER_P(HasReason, reason, "") {
  *result_listener << ReasonOf(arg) << ": " << arg.ToString();
  return ReasonOf(arg) == reason;
}

}  // namespace fleet::agent
