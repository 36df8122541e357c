#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/repair/engine.h"
#include "agent/repair/failure_counter.h"
#include "agent/store/root_lock.h"
#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Expects that planning and applying refuse everything for the reason, and that nothing changes.
class RefusalTest : public EngineTest {
 protected:
  void ExpectRefused(const std::string& reason, std::span<const Repair* const> repairs = AllRepairs()) {
    const std::string tree = Tree();
    const RepairRun planned = Engine(repairs).Plan(Targets(), {}).value();
    ASSERT_FALSE(planned.plans.empty());
    for (const Plan& plan : planned.plans) {
      ASSERT_TRUE(plan.refusal) << plan.repair;
      EXPECT_EQ(plan.refusal->reason, reason) << plan.refusal->text;
      EXPECT_FALSE(plan.refusal->text.empty());
      EXPECT_THAT(plan.steps, IsEmpty());
    }
    const RepairRun run = Apply({}, repairs);
    EXPECT_THAT(Outcomes(run), Each(testing::EndsWith(" refused " + reason)));
    EXPECT_THAT(run.results, SizeIs(planned.plans.size()));
    EXPECT_EQ(run.journal, "");
    EXPECT_EQ(Tree(), tree);
  }
};

// A process called dgmo that holds a file of the root open.
class FakeDgmo {
 public:
  FakeDgmo(const TempDir& dir, const std::string& open_file) {
    std::filesystem::create_directories(dir / "bin");
    const std::string program = dir / "bin/dgmo";
    std::filesystem::copy_file("/bin/cat", program);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[0], 0);
      open(open_file.c_str(), O_RDONLY);
      execl(program.c_str(), "dgmo", nullptr);
      _exit(127);
    }
    close(ends[0]);
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 0) << "closed by exec";
    close(ready[0]);
    input_ = ends[1];
  }
  ~FakeDgmo() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
};

TEST_F(RefusalTest, WhileDgmoWorksOnTheRoot) {
  {
    const FakeDgmo dgmo(dir_, root_ + "/app.json");
    ExpectRefused("dgmo_live");
  }
  EXPECT_TRUE(Apply().Complete());
}

TEST_F(RefusalTest, ALiveRootMayBeRepairedByWhatIsConsentedTo) {
  const FakeDgmo dgmo(dir_, root_ + "/app.json");
  RepairSelection selection;
  selection.consent = {"R-INDEX"};
  EXPECT_THAT(Outcomes(Apply(selection)), ElementsAre("R-INDEX applied"));
}

TEST_F(RefusalTest, WhileAnotherEngineWorksOnTheRoot) {
  const RootLock lock = RootLock::Take(root_, dir_ / "elsewhere").value();
  ExpectRefused("locked");
}

TEST_F(RefusalTest, HardLinkedFiles) {
  std::filesystem::create_hard_link(root_ + "/" + store_.IndexPath(parent_), dir_ / "link");
  ExpectRefused("hard_linked");
}

TEST_F(RefusalTest, ForeignFiles) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a file away";
  ASSERT_EQ(chown((root_ + "/" + store_.IndexPath(parent_)).c_str(), 65534, 65534), 0);
  ExpectRefused("foreign_owner");
}

TEST_F(RefusalTest, ARootOfSomebodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a folder away";
  ASSERT_EQ(chown(root_.c_str(), 65534, 65534), 0);
  ExpectRefused("foreign_owner");
}

TEST_F(RefusalTest, AReadOnlyFileSystem) {
  if (mount(root_.c_str(), root_.c_str(), nullptr, MS_BIND, nullptr) != 0) GTEST_SKIP() << "may not mount";
  ASSERT_EQ(mount(nullptr, root_.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
  ExpectRefused("read_only");
  EXPECT_EQ(umount2(root_.c_str(), MNT_DETACH), 0);
}

TEST_F(RefusalTest, WithoutRoomForTheBackup) {
  std::filesystem::create_directories(dir_ / "state");
  if (mount("tmpfs", (dir_ / "state").c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "may not mount";
  ExpectRefused("no_space");
  EXPECT_EQ(umount2((dir_ / "state").c_str(), MNT_DETACH), 0);
}

Answer LeavesTheRoot(const PlannedRoot&, const HomeModel&, const Finding&) {
  return Cure{{WriteFile{"../escaped.json", "[]"}}, ""};
}
Answer GoesThroughALink(const PlannedRoot&, const HomeModel&, const Finding&) {
  return Cure{{WriteFile{"link/escaped.json", "[]"}}, ""};
}
Answer ChangesTheFileAfterPlanning(const PlannedRoot& root, const HomeModel& home, const Finding& finding);
constexpr Repair kLeavesTheRoot = {.id = "R-INDEX", .plan = LeavesTheRoot};
constexpr Repair kGoesThroughALink = {.id = "R-INDEX", .plan = GoesThroughALink};
constexpr Repair kNeedsConsent = {.id = "R-INDEX", .needs_consent = true, .plan = LeavesTheRoot};
constexpr Repair kRacing = {.id = "R-QUARANTINE", .plan = ChangesTheFileAfterPlanning};

// Plays a user who edits the index right after its repair was planned: this repair is planned after R-INDEX.
Answer ChangesTheFileAfterPlanning(const PlannedRoot& root, const HomeModel&, const Finding&) {
  for (const auto& [parent, index] : root.model().indexes) {
    std::ofstream(root.model().root.path + "/" + index.path) << "[\"edited\"]";
  }
  return Refusal{"not_now", "this repair only plays a user"};
}

TEST_F(RefusalTest, PathsThatLeaveTheRoot) {
  const Repair* const repairs[] = {&kLeavesTheRoot};
  ExpectRefused("leaves_root", repairs);
  EXPECT_FALSE(std::filesystem::exists(root_ + "/../escaped.json"));
}

TEST_F(RefusalTest, PathsThatGoThroughALink) {
  std::filesystem::create_directories(dir_ / "elsewhere");
  std::filesystem::create_directory_symlink(dir_ / "elsewhere", root_ + "/link");
  const Repair* const repairs[] = {&kGoesThroughALink};
  ExpectRefused("leaves_root", repairs);
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "elsewhere"));
}

TEST_F(RefusalTest, WhatNeedsConsentIsLeftAloneUnlessNamed) {
  const Repair* const repairs[] = {&kNeedsConsent};
  const RepairRun run = Apply({}, repairs);
  EXPECT_THAT(run.plans, IsEmpty());
  ASSERT_THAT(run.left_alone, SizeIs(2));
  EXPECT_EQ(run.left_alone[0].why.reason, "needs_consent");
  EXPECT_TRUE(run.Complete());
  RepairSelection selection;
  selection.repairs = {"R-INDEX"};
  EXPECT_THAT(Outcomes(Apply(selection, repairs)), Each("R-INDEX refused needs_consent"));
}

TEST_F(RefusalTest, WhatThisVersionLacksIsLeftAloneUnlessNamed) {
  const RepairRun run = Apply({}, {});
  EXPECT_THAT(run.plans, IsEmpty());
  ASSERT_THAT(run.left_alone, SizeIs(2));
  EXPECT_EQ(run.left_alone[0].why.reason, "not_in_this_version");
  RepairSelection selection;
  selection.codes = {"INDEX_MISSING_ENTRY"};
  EXPECT_THAT(Outcomes(Apply(selection, {})), Each("R-INDEX refused not_in_this_version"));
}

TEST_F(RefusalTest, FilesThatChangedSinceThePlan) {
  Damage("storage/session/info/notes.txt", "mine");
  const Repair* const repairs[] = {FindRepair("R-INDEX"), &kRacing};
  const RepairRun run = Apply({}, repairs);
  EXPECT_THAT(Outcomes(run), Contains("R-INDEX refused changed_since_plan"));
  EXPECT_EQ(store_.Read(store_.IndexPath(parent_)), "[\"edited\"]");
  EXPECT_EQ(run.journal, "");
  EXPECT_EQ(FailureCounter(dir_ / "state").Count("R-INDEX", root_, run.results[0].subject_id), 0);
  EXPECT_FALSE(std::filesystem::exists(root_ + "/.dgmo-agent"));
}

TEST_F(RefusalTest, AStateFolderInsideTheRoot) {
  const std::string tree = Tree();
  RepairEngine::Options options;
  options.state = root_ + "/state";
  options.pause = [](std::chrono::milliseconds) {};
  const auto run = RepairEngine(clock_, std::move(options)).Apply(Targets(), {});
  EXPECT_TRUE(absl::IsInvalidArgument(run.status())) << run.status();
  EXPECT_EQ(Tree(), tree);
}

}  // namespace
}  // namespace fleet::agent
