#include "common/rules/families.h"

namespace fleet {

namespace {

constexpr char kOnlyOne[] = "P1 when no other backup of its kind is good";
constexpr char kDamaged[] =
    "Keep the damaged file aside, take a new backup now, and look at the disk that holds it: what damaged one file may "
    "damage others.";

}  // namespace

std::vector<Rule> BackupRules() {
  return {
      {"BACKUP_NONE", 120, "backups", Severity::kP2, "",
       "There are sessions, or memories in Qdrant, and no backup from which they could be restored. Every archive "
       "found "
       "was read through to its end: one that cannot be read, or holds nothing of them, does not count.",
       "Take a backup and look with `dgmo-agent backups` whether it is good. Backups that other programs claim to make "
       "may be empty.",
       "R-BACKUP", false, ""},
      {"BACKUP_STALE", 121, "backups", Severity::kP3, "P2 when the work of more than ten times that long is unsaved",
       "Data changed after the newest good backup, longer ago than a loss may reach back: 15 minutes for sessions, 5 "
       "for "
       "Qdrant, unless the settings say otherwise. What has not changed since needs no newer backup.",
       "Take a backup, and see why the regular ones have stopped.", "R-BACKUP", false, ""},
      {"BACKUP_CORRUPT", 122, "backups", Severity::kP2, kOnlyOne,
       "A backup, or the manifest beside it, cannot be read through to its end, or holds what no backup holds. Nothing "
       "could be restored from it with confidence.",
       kDamaged, "R-BACKUP", false, ""},
      {"BACKUP_CHECKSUM_MISMATCH", 122, "backups", Severity::kP2, kOnlyOne,
       "A backup can be read, and is not what its manifest or checksum file announces: it was changed, damaged or "
       "mixed "
       "up after it was made.",
       kDamaged, "R-BACKUP", false, "somebody may have changed the backup"},
      {"BACKUP_SHRINK", 123, "backups", Severity::kP2, "",
       "The newest backup holds less than half of what the one before it held. Either much was deleted on purpose, or "
       "data is missing and the older backups are all that is left of it.",
       "Delete no older backup. Compare the two with `dgmo-agent backups`, and look for the sessions that are missing.",
       "", false, ""},
  };
}

}  // namespace fleet
