#include "common/rules/families.h"

namespace fleet {

std::vector<Rule> MessageRules() {
  return {
      {"MESSAGE_ID_MISMATCH", 40, "sessions", Severity::kP2, "",
       "The id inside a message is not the one in its file's name, as after copying it. dgmo updates the message under "
       "the id inside, so that it may appear twice.",
       "Compare the two; the name is where dgmo reads it from. Nothing is changed automatically.", "", false, ""},
      {"MESSAGE_SESSION_MISMATCH", 41, "sessions", Severity::kP2, "",
       "Messages lie in the conversation of one session and name another: two conversations were merged wrongly, or a "
       "folder was renamed.",
       "See whether the session they name misses them, and move them back by hand while dgmo is not running.", "",
       false, ""},
      {"MESSAGE_INCOMPLETE", 42, "sessions", Severity::kP3, "",
       "An answer was never finished, and no dgmo works on it: the program was killed, or the turn failed before the "
       "model was asked. What was written so far is there.",
       "Nothing is lost; ask again when the answer is still wanted.", "R-MESSAGE-CLOSE", false, ""},
      {"MESSAGE_TOOL_UNRESOLVED", 43, "sessions", Severity::kP3, "",
       "A message holds a tool call without a result although its turn is over. Models may refuse to go on with such a "
       "conversation.",
       "Have the call closed as aborted, as dgmo itself does.", "R-MESSAGE-CLOSE", false, ""},
      {"MESSAGE_ORPHAN_DIR", 44, "sessions", Severity::kP3, "",
       "There is a folder for the messages of a session that has neither an info file nor any message.",
       "Nothing; remove the empty folder if you like.", "", false, ""},
      {"MESSAGE_ID_EPOCH_WRAP", 45, "sessions", Severity::kP3, "",
       "dgmo orders messages by their ids, and the time in ids begins anew every 795 days (last on 2026-08-14). This "
       "conversation spans such a day, so dgmo shows and sends its newer messages before the older ones.",
       "Go on in a new session. The ids must not be changed.", "", false, ""},
      {"MESSAGE_ROLE_METADATA", 46, "sessions", Severity::kP3, "",
       "An answer lacks the data about the model that gave it, or a question has such data.",
       "Nothing is lost; costs and tokens of the session may be counted wrongly.", "", false, ""},
  };
}

}  // namespace fleet
