#include <fstream>

#include "agent/repair/expired_state.h"
#include "agent/repair/service_record.h"
#include "common/time_text.h"
#include "tests/agent/repair/repairs/service_world.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kDay = 24 * 3'600'000;

class DiskTest : public ServiceTest {
 protected:
  DiskTest() {
    clock_.Advance(std::chrono::hours(24 * 365));
    // Whatever is free is too little, until the limit is taken away.
    settings_.disk_used_low_percent = 0;
    settings_.disk_used_critical_percent = 101;
    settings_.disk_free_critical_gib = 0;
    Filesystem filesystem;
    filesystem.mount_point = dir_.path();
    filesystem.holds_data = true;
    filesystem.paths = {dir_.path()};
    filesystem.total_bytes = 1;
    machine_.filesystems = FilesystemFacts{{filesystem}};
  }

  std::string Put(const std::string& path, std::size_t bytes = 5'000) const {
    dir_.Write(path, std::string(bytes, 'x'));
    return dir_ / path;
  }
  std::string Ago(int days) const { return TimeNameText(ToMillis(clock_.Now()) - days * kDay) + "-0123abcd"; }
  Finding Full() const {
    Finding finding;
    finding.code = "DISK_SPACE_LOW";
    finding.root = "/";
    finding.subject_id = dir_.path();
    finding.path = dir_.path();
    finding.paths = {dir_.path()};
    finding.fingerprint = Fingerprint(finding.code, finding.root, finding.subject_id);
    return finding;
  }
};

TEST_F(DiskTest, NeedsConsent) { EXPECT_TRUE(kDisk.needs_consent); }

TEST_F(DiskTest, RemovesTheMildestFirstAndTellsWhatEachGained) {
  const std::string models = Put("home/.cache/dgmo/models.json", 20'000);
  const std::string program = Put("home/.cache/dgmo/tui/1/tui");
  const std::string rotated = Put("home/.local/share/dgmo/log/a.log.2.gz");
  const std::string quarantined = Put("state/quarantine/" + Ago(91) + "/0/session.json");
  const auto plan = std::get<ServicePlan>(PlanOf(kDisk, Full()));
  EXPECT_THAT(plan.steps,
              ElementsAre(HasSubstr("2 of caches"), HasSubstr("1 of copies of logs"), HasSubstr("older than 90 days")));
  const ServiceOutcome outcome = Apply(kDisk, Full());
  EXPECT_EQ(outcome.reason, "not_enough") << "there is no disk of which nothing is used";
  EXPECT_THAT(outcome.text, HasSubstr("gained 24 KiB from caches"));
  for (const std::string& path : {models, program, rotated, quarantined}) {
    EXPECT_FALSE(std::filesystem::exists(path)) << path;
  }
  EXPECT_EQ(RefusalOf(kDisk, Full()), "nothing_to_remove") << "a second run plans nothing";
}

TEST_F(DiskTest, RemovesNoMoreThanItTakes) {
  settings_.disk_used_low_percent = 100;
  settings_.disk_free_low_gib = 0;
  const std::string models = Put("home/.cache/dgmo/models.json");
  const std::string rotated = Put("home/.local/share/dgmo/log/a.log.2.gz");
  const ServiceOutcome outcome = Apply(kDisk, Full());
  EXPECT_EQ(outcome.outcome, Outcome::kApplied) << outcome.text;
  EXPECT_FALSE(std::filesystem::exists(models));
  EXPECT_TRUE(std::filesystem::exists(rotated));
}

TEST_F(DiskTest, LeavesEverythingElse) {
  const std::vector<std::string> kept = {
      Put("home/.cache/dgmo/other.json"),          Put("home/.cache/dgmo/tui/empty", 0),
      Put("home/.local/share/dgmo/log/a.log"),     Put("home/.local/share/dgmo/log/a.log.old"),
      Put("home/.local/share/dgmo/project/x"),     Put("home/backups/sessions/sessions_2020.tar.gz"),
      Put("state/quarantine/" + Ago(89) + "/0/x"), Put("state/quarantine/by-hand/x")};
  EXPECT_EQ(RefusalOf(kDisk, Full()), "nothing_to_remove");
  for (const std::string& path : kept) EXPECT_TRUE(std::filesystem::exists(path)) << path;
}

TEST_F(DiskTest, NeverFollowsALink) {
  const std::string elsewhere = Put("elsewhere/tui/file");
  std::filesystem::create_directories(dir_ / "home/.cache");
  std::filesystem::create_directory_symlink(dir_ / "elsewhere", dir_ / "home/.cache/dgmo");
  EXPECT_EQ(RefusalOf(kDisk, Full()), "nothing_to_remove");
  EXPECT_TRUE(std::filesystem::exists(elsewhere));
}

TEST_F(DiskTest, OnlyOnTheFileSystemThatIsFull) {
  Put("home/.cache/dgmo/models.json");
  Finding other = Full();
  other.paths = {"/proc"};
  EXPECT_EQ(RefusalOf(kDisk, other), "nothing_to_remove");
}

TEST_F(DiskTest, ExpiredIsWhatIsFinishedAndOlderThanNinetyDays) {
  const auto write_record = [&](int days, bool ended) {
    Plan plan;
    plan.repair = "R-PORT";
    ServiceRecord record(state_, Ago(days), 1, {plan});
    EXPECT_TRUE(record.Begin().ok());
    RepairResult result;
    result.repair = "R-PORT";
    if (ended) {
      EXPECT_TRUE(record.End(result).ok());
    }
  };
  write_record(95, true);
  write_record(94, false);
  write_record(10, true);
  Put("state/repairs/" + Ago(93) + "/backup/1");
  Put("state/repairs/" + Ago(92) + "/manifest.json");  // which cannot be read: somebody should look at it
  const std::vector<ExpiredState> expired = FindExpiredState(state_, ToMillis(clock_.Now()));
  ASSERT_THAT(expired, SizeIs(2));
  EXPECT_EQ(expired[0].path, state_ + "/services/" + Ago(95) + ".json");
  EXPECT_EQ(expired[1].path, state_ + "/repairs/" + Ago(93));
  for (const ExpiredState& one : expired) EXPECT_TRUE(RemoveExpiredState(one));
  EXPECT_THAT(FindExpiredState(state_, ToMillis(clock_.Now())), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
