// The repairs of the server as the repair engine plans and applies them.

#include "agent/qdrant/backup.h"
#include "agent/repair/repairs/services.h"
#include "tests/agent/qdrant/scene_fixture.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class QdrantRepairs : public QdrantSceneTest {
 protected:
  QdrantRepairs() {
    model_.home = home;
    model_.config.emplace();
    settings.memory_required = true;
  }

  ServiceContext Context() {
    return {
        .homes = homes_, .machine = machine_, .settings = settings, .state = state_, .clock = clock, .pause = pause_};
  }
  static Finding FindingOf(const std::string& code) {
    Finding finding;
    finding.code = code;
    return finding;
  }
  std::vector<std::string> StepsOf(const char* id, const std::string& code) {
    const ServiceAnswer answer = FindServiceRepair(id)->plan(Context(), FindingOf(code));
    const auto* plan = std::get_if<ServicePlan>(&answer);
    return plan == nullptr ? std::vector<std::string>{"refused: " + std::get<Refusal>(answer).reason} : plan->steps;
  }
  ServiceOutcome Apply(const char* id, const std::string& code) {
    return FindServiceRepair(id)->apply(Context(), FindingOf(code));
  }

  HomeModel model_;
  std::vector<const HomeModel*> homes_ = {&model_};
  MachineModel machine_;
  const std::string state_ = dir / "state";
  const std::function<void(std::chrono::milliseconds)> pause_ = [this](std::chrono::milliseconds time) { Pause(time); };
};

TEST_F(QdrantRepairs, AMissingCollectionIsRestoredElseMade) {
  EXPECT_THAT(StepsOf("R-QDR-RECOVER", "QDRANT_COLLECTION_MISSING"), ElementsAre("refused: no_snapshot"));
  EXPECT_EQ(Apply("R-QDR-RECOVER", "QDRANT_COLLECTION_MISSING").outcome, Outcome::kRefused);
  EXPECT_THAT(StepsOf("R-QDR-CREATE", "QDRANT_COLLECTION_MISSING"), SizeIs(1));
  EXPECT_EQ(Apply("R-QDR-CREATE", "QDRANT_COLLECTION_MISSING").outcome, Outcome::kApplied);
  EXPECT_EQ(Dump()["vectors"], Json::parse(kRightVectors));
  EXPECT_EQ(Apply("R-QDR-CREATE", "QDRANT_COLLECTION_MISSING").reason, "exists");

  server.Change([](QdrantStore& store) {
    store.Delete(kCollection);
    FillQdrantCollection(store, kCollection, kRightVectors, 20);
  });
  ASSERT_TRUE(RunQdrantBackup(Scene(), false).ok());
  server.Change([](QdrantStore& store) { store.Delete(kCollection); });
  EXPECT_EQ(Apply("R-QDR-CREATE", "QDRANT_COLLECTION_MISSING").reason, "backup_exists");
  EXPECT_THAT(StepsOf("R-QDR-RECOVER", "QDRANT_COLLECTION_MISSING"), SizeIs(1));
  const ServiceOutcome restored = Apply("R-QDR-RECOVER", "QDRANT_COLLECTION_MISSING");
  EXPECT_EQ(restored.outcome, Outcome::kApplied) << restored.text;
  EXPECT_EQ(Dump()["points"].size(), 20U);
}

TEST_F(QdrantRepairs, WhatOnlyAPersonCanDecideIsLeftToOne) {
  Fill(kRightVectors, 20);
  ASSERT_TRUE(RunQdrantBackup(Scene(), false).ok());
  for (const char* code : {"QDRANT_POINTS_DROP", "QDRANT_STATUS_RED"}) {
    EXPECT_THAT(StepsOf("R-QDR-RECOVER", code), ElementsAre("refused: needs_decision"));
    EXPECT_EQ(Apply("R-QDR-RECOVER", code).outcome, Outcome::kRefused);
  }
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots/upload"), 0);
}

TEST_F(QdrantRepairs, AnUnnamedVectorIsRenamedOnce) {
  Fill(kUnnamed, 20);
  EXPECT_THAT(StepsOf("R-QDR-REVECTOR", "QDRANT_VECTOR_UNNAMED"), SizeIs(4));
  const ServiceOutcome renamed = Apply("R-QDR-REVECTOR", "QDRANT_VECTOR_UNNAMED");
  EXPECT_EQ(renamed.outcome, Outcome::kApplied) << renamed.text;
  EXPECT_THAT(renamed.text, HasSubstr("20 points"));
  EXPECT_THAT(StepsOf("R-QDR-REVECTOR", "QDRANT_VECTOR_UNNAMED"), IsEmpty()) << "a second run plans nothing";
}

TEST_F(QdrantRepairs, OtherSizesAndServersOutOfReachAreRefusedWithAWord) {
  Fill(R"({"size":768,"distance":"Cosine"})", 3);
  EXPECT_THAT(StepsOf("R-QDR-REVECTOR", "QDRANT_VECTOR_SIZE_MISMATCH"), ElementsAre("refused: size_differs"));
  EXPECT_THAT(StepsOf("R-QDR-RESTART", "QDRANT_DOWN"), ElementsAre("refused: is_well"));
  server.Stop();
  EXPECT_THAT(StepsOf("R-QDR-OPTIMIZE", "QDRANT_STATUS_GREY"), ElementsAre("refused: server_down"));
  EXPECT_EQ(Apply("R-QDR-OPTIMIZE", "QDRANT_STATUS_GREY").outcome, Outcome::kFailed);
  model_.config.reset();
  EXPECT_THAT(StepsOf("R-QDR-OPTIMIZE", "QDRANT_STATUS_GREY"), ElementsAre("refused: config_unreadable"));
}

TEST_F(QdrantRepairs, AServerThatNothingHereUsesIsLeftAlone) {
  settings.memory_required = false;
  for (const char* id : {"R-QDR-RESTART", "R-QDR-RECOVER", "R-QDR-CREATE", "R-QDR-REVECTOR", "R-QDR-OPTIMIZE"}) {
    EXPECT_THAT(StepsOf(id, "QDRANT_COLLECTION_MISSING"), ElementsAre("refused: not_used")) << id;
    EXPECT_EQ(Apply(id, "QDRANT_COLLECTION_MISSING").outcome, Outcome::kRefused) << id;
  }
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(QdrantRepairs, AGreyCollectionIsOptimised) {
  Fill(kRightVectors, 20);
  EXPECT_THAT(StepsOf("R-QDR-OPTIMIZE", "QDRANT_SLOW"), IsEmpty());
  server.Change([](QdrantStore& store) { store.Get(kCollection).status = "grey"; });
  EXPECT_EQ(Apply("R-QDR-OPTIMIZE", "QDRANT_STATUS_GREY").outcome, Outcome::kApplied);
}

}  // namespace
}  // namespace fleet::agent
