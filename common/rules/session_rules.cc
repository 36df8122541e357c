#include "common/rules/families.h"

namespace fleet {

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
      {"SHARE_MISMATCH", 39, "sessions", Severity::kP3, "",
       "A session says that it is shared and the file with the share's secret is missing, or there is such a file and "
       "the session does not say so. The session itself is not touched.",
       "Share the session anew, or un-share it in dgmo, when the link matters.", "", false, ""},
  };
}

}  // namespace fleet
