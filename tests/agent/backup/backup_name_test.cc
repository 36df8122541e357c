#include "agent/backup/backup_name.h"

#include <gtest/gtest.h>

#include "common/time_text.h"

namespace fleet::agent {
namespace {

std::string TimeOf(const std::string& name, bool is_folder = false) {
  const auto parsed = ParseBackupName(name, is_folder);
  if (!parsed) return "no backup";
  return parsed->made_ms ? TimeText(*parsed->made_ms) : "no time";
}

TEST(BackupName, KnowsThoseOfEveryProgram) {
  EXPECT_EQ(TimeOf("sessions_2025-07-08_09-16-37.tar.gz"), "2025-07-08T09:16:37.000Z");
  EXPECT_EQ(TimeOf("sessions-anything.tar.gz"), "no time");
  EXPECT_EQ(TimeOf("backup-20250708.tar.gz"), "no time");
  EXPECT_EQ(TimeOf("sessions.backup.20250708", true), "no time");
  EXPECT_EQ(TimeOf("rollback-20250708-091637", true), "2025-07-08T09:16:37.000Z");
  EXPECT_EQ(TimeOf("pre-restore-20250708-091637", true), "2025-07-08T09:16:37.000Z");
  EXPECT_EQ(TimeOf("AgentMemories_2025-07-08_09-16-37.snapshot"), "2025-07-08T09:16:37.000Z");
  EXPECT_EQ(TimeOf("AgentMemories_backup_20250708_091637.snapshot"), "2025-07-08T09:16:37.000Z");
  EXPECT_EQ(TimeOf("AgentMemories-82137-2025-07-08-09-16-37.snapshot"), "2025-07-08T09:16:37.000Z");
}

TEST(BackupName, TellsTheCollection) {
  for (const char* name : {"My_Notes_2025-07-08_09-16-37.snapshot", "My_Notes_backup_20250708_091637.snapshot",
                           "My_Notes-82137-2025-07-08-09-16-37.snapshot", "My_Notes.snapshot"}) {
    EXPECT_EQ(ParseBackupName(name, false)->collection, "My_Notes") << name;
  }
}

TEST(BackupName, OthersAreNone) {
  for (const char* name : {"", ".snapshot", "sessions_.tar", "sessions.tar.gz", "notes.tar.gz", "backup-2025.tar.gz",
                           "sessions_2025-07-08_09-16-37.tar.gz.tmp", "sessions_2025-07-08_09-16-37.manifest.json"}) {
    EXPECT_FALSE(ParseBackupName(name, false)) << name;
  }
  EXPECT_FALSE(ParseBackupName("sessions", true));
  EXPECT_FALSE(ParseBackupName("rollback-20250708-091637", false)) << "a file";
  EXPECT_EQ(TimeOf("sessions_2025-13-08_09-16-37.tar.gz"), "no time") << "there is no such month";
}

TEST(BackupName, TheManifestLiesBeside) {
  const auto manifest = [](const std::string& name) { return ManifestNameOf(*ParseBackupName(name, false), name); };
  EXPECT_EQ(manifest("sessions_2025-07-08_09-16-37.tar.gz"), "sessions_2025-07-08_09-16-37.manifest.json");
  EXPECT_EQ(manifest("c_2025-07-08_09-16-37.snapshot"), "c_2025-07-08_09-16-37.json");
}

}  // namespace
}  // namespace fleet::agent
