#include "agent/drill/drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "tests/support/fake_program.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {

void PrintTo(const Drill& drill, std::ostream* stream) { *stream << drill.id; }

namespace {

// Those of Qdrant start what is called so in the home.
class EveryDrill : public ::testing::TestWithParam<const Drill*> {
 protected:
  EveryDrill() {
    std::filesystem::create_directories(home_ / ".local/bin");
    std::filesystem::create_symlink(FLEET_QDRANT_DOUBLE, home_ / ".local/bin/qdrant");
    setenv("HOME", home_.path().c_str(), 1);
  }

 private:
  const TempDir home_;
};

TEST_P(EveryDrill, PassesAndLeavesNothingBehind) {
  const TempDir dir;
  const Drill* drill = GetParam();
  const absl::StatusOr<DrillReport> report = RunDrills(std::span(&drill, 1), dir.path(), SystemClock());
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->entries.size(), 1U);
  const DrillReport::Entry& entry = report->entries.front();
  // The server of D3 and D4 is there.
  ASSERT_FALSE(entry.result.outcome == DrillOutcome::kSkip && (drill->id == "D3" || drill->id == "D4"));
  if (entry.result.outcome == DrillOutcome::kSkip) GTEST_SKIP() << entry.result.text;
  EXPECT_EQ(entry.result.outcome, DrillOutcome::kPass) << entry.result.text;
  EXPECT_TRUE(entry.within_objective());
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

std::vector<const Drill*> QuickDrills() {
  std::vector<const Drill*> drills;
  for (const Drill& drill : AllDrills()) {
    if (drill.quick) drills.push_back(&drill);
  }
  return drills;
}
INSTANTIATE_TEST_SUITE_P(Drills, EveryDrill, ::testing::ValuesIn(QuickDrills()),
                         [](const auto& drill) { return std::string(drill.param->id); });

absl::StatusOr<DrillResult> Lose(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  store.AddSession("Lost");
  const Files before = FilesBelow(store.root());
  const absl::Status taken = sandbox.TakeAway(store.root() + "/storage/session");
  if (!taken.ok()) return taken;
  DrillResult result;
  result.integrity = ShareKept(before, FilesBelow(store.root()));
  result.rto_ms = 5 * 3'600'000;
  return result;
}

TEST(DrillReport, TellsWhatWasNotGoodEnough) {
  static constexpr Objective kObjective = {"loss", 3'600'000, 60'000};
  static constexpr Drill kLose = {"L1", "lose", kObjective, true, Lose};
  const TempDir dir;
  const Drill* drill = &kLose;
  const absl::StatusOr<DrillReport> report = RunDrills(std::span(&drill, 1), dir.path(), SystemClock());
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->entries[0].within_objective());
  EXPECT_LT(report->Integrity().value_or(1), 0.5);
}

TEST(QdrantDrills, AreLeftOutWhereThereIsNoServerProgram) {
  const TempDir dir;
  setenv("HOME", dir.path().c_str(), 1);
  for (const char* id : {"D3", "D4"}) {
    const Drill* drill = FindDrill(id);
    const absl::StatusOr<DrillReport> report = RunDrills(std::span(&drill, 1), dir.path(), SystemClock());
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->entries[0].result.outcome, DrillOutcome::kSkip) << report->entries[0].result.text;
  }
}

TEST(QdrantDrills, FailWhenTheServerDoesNotStart) {
  const TempDir dir;
  InstallScript(dir / ".local/bin/qdrant", "exit 1");
  setenv("HOME", dir.path().c_str(), 1);
  const Drill* drill = FindDrill("D3");
  const absl::StatusOr<DrillReport> report = RunDrills(std::span(&drill, 1), dir / ".local", SystemClock());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->entries[0].result.outcome, DrillOutcome::kFail);
  EXPECT_THAT(report->entries[0].result.text, testing::HasSubstr("ended as soon as it was started"));
}

TEST(DrillReport, SaysWhenThereIsNoPlaceForIt) {
  const TempDir dir;
  const Drill* drill = &AllDrills().front();
  EXPECT_FALSE(RunDrills(std::span(&drill, 1), dir / "none", SystemClock()).ok());
}

}  // namespace
}  // namespace fleet::agent
