#include "common/rule_catalogue.h"

#include <algorithm>
#include <vector>

#include "common/document_rules.h"

namespace fleet {

namespace {

constexpr char kByArea[] = "P1 among the session infos, P2 among messages";

std::vector<Rule> StorageRules() {
  return {
      {"STORAGE_ROOT_MISSING", 1, "storage", Severity::kP3, "P1 when a backup shows that there was data",
       "dgmo is installed or was used here, but there is no folder with its data.",
       "See whether the home or XDG_DATA_HOME changed; restore a backup when there was data. dgmo makes its folders "
       "itself when it starts.",
       "R-DIRS", false, ""},
      {"STORAGE_SUBDIR_MISSING", 2, "storage", Severity::kP2, "P1 when messages exist without any session info",
       "A folder that belongs to every data root is missing.", "Have the folder made again; look for what removed it.",
       "R-DIRS", true, ""},
      {"LAYOUT_SPLIT", 4, "storage", Severity::kP2,
       "P1 when dgmo now uses a root without sessions and others have some",
       "The sessions of one developer lie in several data roots. dgmo shows those of one root only, so the others "
       "look lost although they are intact.",
       "Look with `dgmo-agent sessions` where each session lies, and start dgmo where the one you miss is.",
       "R-CONSOLIDATE", false, ""},
      {"STORAGE_FOREIGN_LAYOUT", 6, "storage", Severity::kP3, "",
       "There is data of the current original opencode. dgmo never reads it and it is left alone.",
       "Nothing; it is said so that nobody mistakes it for dgmo's data.", "", false, ""},
      {"STORAGE_FOREIGN_FILE", 7, "storage", Severity::kP3, kByArea,
       "A file that dgmo did not write lies among its documents. dgmo takes every file for a document: one such file "
       "among the session infos makes the whole session list fail.",
       "Have it moved to quarantine, or move it out of the folder.", "R-QUARANTINE", false, ""},
      {"TMP_LITTER", 8, "storage", Severity::kP3, kByArea,
       "A temporary file stayed behind when dgmo was killed while writing. It may hold the newest state of its "
       "document, and among the session infos it makes the whole session list fail.",
       "Have it repaired: what is newer and complete takes its place, the rest goes to quarantine.", "R-TMP", true, ""},
      {"STORAGE_UNEXPECTED_TYPE", 9, "storage", Severity::kP2, "",
       "Something that is no regular file lies where a document belongs: a link, a pipe, a device, or a folder inside "
       "a folder of documents. dgmo skips it or stumbles over it; the agent never follows or changes it.",
       "See who made it and what for, and move it away by hand.", "", false,
       "a link that leads out of the data root may have been planted"},
      {"STORAGE_IO_ERROR", 11, "storage", Severity::kP1, "",
       "The operating system could not read a file or folder: a failing disk, a lost network mount or a damaged file "
       "system. What depends on it is unknown.",
       "Copy the data to another disk now, then look at the kernel's log. Nothing is repaired in place.", "", false,
       ""},
      {"STORAGE_CONFLICT_COPY", 13, "storage", Severity::kP3, kByArea,
       "A merge of two stores left a second version of a document beside it. dgmo takes it for a document: one of "
       "them among the session infos makes the whole session list fail.",
       "Compare the two versions, then have the copy moved to quarantine.", "R-QUARANTINE", false, ""},
      {"PERM_DIR_ACCESS", 80, "storage", Severity::kP1, "",
       "A folder of the data root cannot be read, often after dgmo ran once as root. What lies below is unknown.",
       "Give the folder back to its owner with read, write and search rights (chmod u+rwx, chown).", "R-PERM", false,
       ""},
      {"PERM_FILE_ACCESS", 81, "storage", Severity::kP1, "",
       "A file of the data root cannot be read, often after dgmo ran once as root. What depends on it is unknown.",
       "Give the file back to its owner with read and write rights (chmod u+rw, chown).", "R-PERM", false, ""},
  };
}

std::vector<Rule> SessionRules() {
  return {
      {"SESSION_FILE_MISSING", 30, "sessions", Severity::kP1, "",
       "A conversation is on the disk, but the info file that makes dgmo list the session is missing.",
       "Have the info file rebuilt from the messages.", "R-SESSION-RECOVER", false, ""},
      {"SESSION_MESSAGES_LOST", 31, "sessions", Severity::kP1, "",
       "A session has a title of its own, so it had messages, but none is left.",
       "Look for the messages in a backup or another data root.", "R-RESTORE", false, ""},
      {"SESSION_ID_MISMATCH", 32, "sessions", Severity::kP2, "",
       "The id inside a session's info file is not the one in its name, as after copying it. dgmo then does not find "
       "the session's sub-sessions.",
       "See which of the two is right; the evidence says whether the id inside has a file of its own.", "", false, ""},
      {"SESSION_ID_MALFORMED", 33, "sessions", Severity::kP3, "",
       "A file is named by something that is no id of dgmo's, as in hand-made data. dgmo accepts it.",
       "Nothing, if you know where it comes from.", "", false, ""},
      {"SESSION_TIME_INVALID", 34, "sessions", Severity::kP3, "",
       "A time of a session cannot be right: updated before created, negative, in seconds, or in the future.",
       "Nothing is lost; the order in lists may be wrong. Check the clock of the machine.", "", false, ""},
      {"SESSION_ID_TIME_SKEW", 35, "sessions", Severity::kP3, "",
       "The time hidden in a session's id differs from the one the file states: the file was copied or edited.",
       "Nothing; it is a hint when looking for where a session came from.", "", false, ""},
      {"SESSION_PARENT_MISSING", 36, "sessions", Severity::kP2, "",
       "A session was started by another one that no data root knows any more.",
       "Have the parent rebuilt when it left messages or a record. Never delete the child.", "R-SESSION-RECOVER", false,
       ""},
      {"SESSION_PARENT_LITERAL", 37, "sessions", Severity::kP3, "",
       "A session names nothing as its parent: an empty text, null or the word undefined.",
       "Remove the key parentID from the file while dgmo is not running.", "", false, ""},
      {"SESSION_PARENT_SELF", 38, "sessions", Severity::kP2, "",
       "A session is stated to be its own parent, so dgmo never shows it as a main session.",
       "See who started it and correct the key parentID, or remove it.", "", false, ""},
      {"SESSION_PARENT_CYCLE", 38, "sessions", Severity::kP2, "",
       "Sessions are each other's parents in a ring, so dgmo shows none of them as a main session.",
       "See which of them was first (its created time) and remove its key parentID.", "", false, ""},
  };
}

std::vector<Rule> SubsessionRules() {
  return {
      {"CHILD_SESSION_UNTRACKED", 50, "sub-sessions", Severity::kP2, "",
       "A session was started by another one, but its sub-session record is missing, so dgmo does not list it as an "
       "agent.",
       "Have the record written from the session itself.", "R-SUBSESSION-SYNTH", true, ""},
      {"SUBSESSION_SESSION_MISSING", 51, "sub-sessions", Severity::kP1, "",
       "The record and the conversation of a sub-session exist, but the info file that makes it a session is missing.",
       "Have the info file rebuilt from the messages and the record.", "R-SESSION-RECOVER", false, ""},
      {"ORPHAN_SUBSESSION", 52, "sub-sessions", Severity::kP2, "",
       "A sub-session is intact, but the session that started it is gone, so there is no way to it in dgmo.",
       "Have the parent rebuilt when it left messages or a record; otherwise open the session by its id.",
       "R-SESSION-RECOVER", false, ""},
      {"DELETED_RESIDUE", 53, "sub-sessions", Severity::kP3, "",
       "Records or indexes of sessions that were deleted. dgmo always leaves them behind; no conversation is missing.",
       "Nothing; they do no harm.", "R-PRUNE", false, ""},
      {"SUBSESSION_ID_MISMATCH", 54, "sub-sessions", Severity::kP2, "",
       "The id inside a sub-session's record is not the one in its name, as after copying it.",
       "See which of the two is right; the evidence says whether the id inside has a file of its own.", "", false, ""},
      {"SUBSESSION_PARENT_MISMATCH", 55, "sub-sessions", Severity::kP2, "",
       "A sub-session's record names another parent than the session itself does, so it is listed in the wrong place.",
       "Take the value that two of the session, the record and the index agree on (see the evidence).", "", false, ""},
      {"SUBSESSION_INDEX_MISSING", 60, "sub-sessions", Severity::kP2, "",
       "A session has sub-session records but no index of them, so dgmo shows none of its agents.",
       "Have the index rebuilt from the records.", "R-INDEX", true, ""},
      {"INDEX_MISSING_ENTRY", 62, "sub-sessions", Severity::kP2, "",
       "A sub-session is not listed in the index of its parent and therefore hidden in dgmo. It happens when agents "
       "are started at the same time.",
       "Have the index rebuilt from the records.", "R-INDEX", true, ""},
      {"INDEX_DANGLING_ENTRY", 63, "sub-sessions", Severity::kP3, "P2 when the listed session exists",
       "An index lists a sub-session that has no record.",
       "Have the record written when the session exists; else have the entry dropped.", "R-INDEX", true, ""},
      {"INDEX_WRONG_PARENT", 64, "sub-sessions", Severity::kP2, "",
       "An index lists a sub-session whose record names another parent.", "Have the index rebuilt from the records.",
       "R-INDEX", true, ""},
      {"INDEX_DUPLICATE_ENTRY", 65, "sub-sessions", Severity::kP3, "",
       "An index lists a sub-session more than once, so dgmo shows it more than once.",
       "Have the index rebuilt from the records.", "R-INDEX", true, ""},
      {"INDEX_ORPHAN", 66, "sub-sessions", Severity::kP2, "",
       "An index belongs to a session that is gone, while sub-sessions it lists still exist.",
       "Have the parent rebuilt when it left messages or a record; otherwise open the sub-sessions by their ids.",
       "R-SESSION-RECOVER", false, ""},
      {"INDEX_ENTRY_MALFORMED", 67, "sub-sessions", Severity::kP3, "",
       "An index holds something that is not the id of a session. dgmo would use it as part of a path.",
       "Have the index rebuilt from the records.", "R-INDEX", true, ""},
      {"GUIDE_INDEX_MISMATCH", 68, "sub-sessions", Severity::kP2, "",
       "The file sessions/index.json of a workspace does not agree with the session files, or cannot be read.",
       "Have it rebuilt from the session files; dgmo itself does not need it.", "R-INDEX", true, ""},
  };
}

std::vector<Rule> MakeAllRules() {
  std::vector<Rule> rules = StorageRules();
  for (auto make : {DocumentRules, SessionRules, SubsessionRules}) {
    std::vector<Rule> more = make();
    std::move(more.begin(), more.end(), std::back_inserter(rules));
  }
  std::stable_sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.number < b.number; });
  return rules;
}

}  // namespace

std::span<const Rule> AllRules() {
  static const std::vector<Rule> kRules = MakeAllRules();
  return kRules;
}

const Rule* FindRule(std::string_view code) {
  for (const Rule& rule : AllRules()) {
    if (rule.code == code) return &rule;
  }
  return nullptr;
}

}  // namespace fleet
