#include "common/rules/families.h"

namespace fleet {

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
      {"SUBSESSION_STATUS_INVALID", 56, "sub-sessions", Severity::kP3, "",
       "The status in a sub-session's record is none of pending, running, completed and failed.",
       "Have the status derived from the sub-session's last message.", "R-SUBSESSION-CLOSE", false, ""},
      {"SUBSESSION_TIME_ORDER", 57, "sub-sessions", Severity::kP3, "",
       "The times in a sub-session's record do not follow each other: created, started, completed. Or it is completed "
       "without a time.",
       "Nothing is lost; how long the agent took is shown wrongly. Check the clock of the machine.", "", false, ""},
      {"SUBSESSION_STALE_RUNNING", 58, "sub-sessions", Severity::kP3, "",
       "A sub-session is stated to be running or to wait for its start, but dgmo does not run and nothing happened in "
       "it for half an hour. A killed dgmo leaves this, and so does a retry that failed.",
       "Nothing is lost; have the status derived from the sub-session's last message.", "R-SUBSESSION-CLOSE", false,
       ""},
      {"SUBSESSION_HIDDEN_FAILURE", 59, "sub-sessions", Severity::kP3, "",
       "A sub-session is stated to be completed, without output, while its last message holds the error of a model: "
       "the agent failed and dgmo did not say so.",
       "Start the task again when its result is still wanted.", "", false, ""},
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

}  // namespace fleet
