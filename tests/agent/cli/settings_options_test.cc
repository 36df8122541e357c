#include "agent/cli/settings_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "agent/cli/config_file.h"
#include "common/status.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;

class SettingsOptions : public ::testing::Test {
 protected:
  SettingsOptions() {
    AddSettingsOptions(*check_, settings_);
    run_->add_option("--coordinator", coordinator_);
  }
  std::string ReadFile(const std::string& text) {
    dir_.Write("agent.toml", text);
    return MessageOf(ApplyConfigFile(*check_, dir_ / "agent.toml"));
  }

  TempDir dir_;
  CLI::App app_;
  CLI::App* check_ = app_.add_subcommand("check");
  CLI::App* run_ = app_.add_subcommand("run");
  std::string coordinator_;
  CheckSettings settings_;
};

TEST_F(SettingsOptions, KeepTheCataloguesValuesUnlessTold) {
  app_.parse("check");
  EXPECT_EQ(settings_.disk_free_low_gib, 10);
  EXPECT_EQ(settings_.stale_ms, 30 * 60'000);
  EXPECT_TRUE(ValidateSettings(settings_).ok());
}

TEST_F(SettingsOptions, TakeUnitsThatPeopleUse) {
  app_.parse("check --disk-free-low-gib 2.5 --stale-minutes 5 --qdrant-programs qdrant,qdrant-dev");
  EXPECT_EQ(settings_.disk_free_low_gib, 2.5);
  EXPECT_EQ(settings_.stale_ms, 5 * 60'000);
  EXPECT_THAT(settings_.qdrant_programs, ::testing::ElementsAre("qdrant", "qdrant-dev"));
  EXPECT_THAT(check_->help(), HasSubstr("Thresholds"));
}

TEST_F(SettingsOptions, TakeWhatIsExpectedOfEveryHome) {
  app_.parse(
      "check --dgmo-version 0.2 --bun-version 1.2 --backup-folder /srv/a --backup-folder /srv/b "
      "--sessions-rpo-minutes 30 --log-limit-mib 1 --qdrant-distance Dot");
  EXPECT_EQ(settings_.dgmo_version, "0.2");
  EXPECT_EQ(settings_.bun_version, "1.2");
  EXPECT_THAT(settings_.backup_folders, ::testing::ElementsAre("/srv/a", "/srv/b"));
  EXPECT_EQ(settings_.sessions_rpo_ms, 30 * 60'000);
  EXPECT_EQ(settings_.log_limit_bytes, 1 << 20);
  EXPECT_EQ(settings_.qdrant_distance, "Dot");
  EXPECT_TRUE(ValidateSettings(settings_).ok());
  settings_.backup_folders = {"backups"};
  EXPECT_THAT(MessageOf(ValidateSettings(settings_)), HasSubstr("--backup-folder: backups"));
}

TEST_F(SettingsOptions, RefuseWhatIsOutOfRangeByName) {
  try {
    app_.parse("check --disk-used-low-percent 101");
    FAIL();
  } catch (const CLI::ParseError& error) {
    EXPECT_THAT(error.what(), HasSubstr("--disk-used-low-percent"));
  }
  settings_ = {};
  settings_.disk_free_low_gib = 0.5;
  EXPECT_THAT(MessageOf(ValidateSettings(settings_)), HasSubstr("--disk-free-low-gib"));
}

TEST_F(SettingsOptions, AreTakenFromAFileThatAllCommandsShare) {
  app_.parse("check --info-read-ms 7");
  EXPECT_EQ(ReadFile("disk-free-low-gib = 3\ninfo-read-ms = 9\ncoordinator = \"a:1\"\n[run]\ncoordinator = \"b:2\"\n"),
            "");
  EXPECT_EQ(settings_.disk_free_low_gib, 3);
  EXPECT_EQ(settings_.info_read_ms, 7) << "what the command line named wins";
  EXPECT_THAT(ReadFile("disk-free-lo-gib = 3\n"), HasSubstr("unknown key disk-free-lo-gib"));
  EXPECT_THAT(ReadFile("[run]\ndisk-free-low-gib = 3\n"), HasSubstr("unknown key"));
  EXPECT_THAT(ReadFile("disk-free-critical-gib = \"much\"\n"), HasSubstr("disk-free-critical-gib"));
}

}  // namespace
}  // namespace fleet::agent
