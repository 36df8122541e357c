#include "common/rules/families.h"

namespace fleet {

namespace {

constexpr char kByArea[] = "P1 among the session infos, P2 among messages";

}  // namespace

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
      {"STORAGE_ENV_OVERRIDE_INVALID", 3, "storage", Severity::kP2, "",
       "OPENCODE_DATA_PATH is set to a place that holds no data root of any layout. The guide's tools look there and "
       "find nothing; dgmo itself ignores the variable.",
       "Correct the variable or unset it where it is set (shell profile, service unit).", "", false, ""},
      {"LAYOUT_SPLIT", 4, "storage", Severity::kP2,
       "P1 when dgmo now uses a root without sessions and others have some",
       "The sessions of one developer lie in several data roots. dgmo shows those of one root only, so the others "
       "look lost although they are intact.",
       "Look with `dgmo-agent sessions` where each session lies, and start dgmo where the one you miss is.",
       "R-CONSOLIDATE", false, ""},
      {"PROJECT_ALIAS_SPLIT", 5, "storage", Severity::kP2, "",
       "A sub-session lies in one data root and the session that started it only in another, as when a checkout was "
       "moved or a merge copied only some files. dgmo shows one root at a time and so never the two together.",
       "Have the two roots consolidated; nothing is lost meanwhile.", "R-CONSOLIDATE", false, ""},
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
      {"STORAGE_DUPLICATE_ID", 12, "storage", Severity::kP2, "",
       "A session exists in two data roots or more, and its documents are not the same in them: it was continued in "
       "one after they were copied. dgmo shows one of the states, depending on where it starts.",
       "Compare the times in the evidence, then have the roots consolidated: the newer and longer state wins.",
       "R-CONSOLIDATE", false, ""},
      {"STORAGE_CONFLICT_COPY", 13, "storage", Severity::kP3, kByArea,
       "A merge of two stores left a second version of a document beside it. dgmo takes it for a document: one of "
       "them among the session infos makes the whole session list fail.",
       "Compare the two versions, then have the copy moved to quarantine.", "R-QUARANTINE", false, ""},
  };
}

}  // namespace fleet
