#include "common/rule_catalogue.h"

namespace fleet {

namespace {

constexpr RepairDescription kRepairs[] = {
    {"R-BACKUP",
     "Saves all data roots and the configuration into a new archive that is read back before it counts: run "
     "`dgmo-agent backup`. A plain copy or tar of a store that is in use may hold indexes without their records, and "
     "one kept beside the data is lost with it; here documents are saved in an order in which nothing is missing.",
     false, false},
    {"R-RESTORE",
     "Brings documents back from the newest good backup: run `dgmo-agent restore`. Unpacking an archive over a store "
     "overwrites newer conversations and indexes; here what is there is saved first, indexes are merged and rebuilt, "
     "and "
     "`dgmo-agent undo` takes it back.",
     false},
    {"R-ARCHIVE",
     "Packs sessions that nobody has worked on for long into an archive, reads it back, and moves to quarantine what "
     "it holds byte for byte. A session goes with all that belongs to it or stays as it is; a restore from the archive "
     "brings it back. Done by `dgmo-agent archive --apply`.",
     true},
    {"R-BYPASS",
     "Switches the MCP servers for Qdrant off in the configuration, so that dgmo works while Qdrant does not. Done by "
     "`dgmo-agent bypass on`; `bypass off` gives the very same files back.",
     true},
    {"R-CONFIG-CREATE",
     "Writes the configuration, app or state file of a workspace that is missing or cannot be read, with the guide's "
     "minimal content. The guide's own scripts overwrite good files too; this never touches one that can be read.",
     false},
    {"R-CONFIG-MERGE",
     "Copies MCP servers from ~/.config/opencode/config.json to ~/.config/dgmo/config.json when they are missing "
     "there. "
     "What dgmo's file says itself stands; nothing else is copied, and credentials never are.",
     true},
    {"R-CONFIG-RECOVER",
     "Makes a configuration that dgmo refuses usable again: without its comments or the keys that dgmo does not know, "
     "from the copy beside it or the file of dgmo's other name, and only failing all that anew. It names every key "
     "that goes, and the journal keeps the original.",
     false},
    {"R-CONSOLIDATE",
     "Copies the sessions of other data roots into one and leaves the sources as they are. Of two versions the better "
     "one wins and the other goes to quarantine; indexes are united, where copying one over the other loses entries. "
     "Done by `dgmo-agent consolidate --apply`.",
     true},
    {"R-DIRS", "Makes the folders that a data root must have and lacks; creates nothing else.", false},
    {"R-ENCODING",
     "Converts a document that a Windows tool or an old editor saved to plain UTF-8, when the result is a valid "
     "document; refuses when that would be a guess.",
     false},
    {"R-TMP",
     "Puts a complete temporary file that a killed program left in the place it was written for when it is the newer "
     "truth, and moves every other one to quarantine.",
     false},
    {"R-FILE-RECOVER",
     "Replaces a damaged document by a valid temporary copy, by itself without trailing zero bytes, or by what its "
     "class allows to be rebuilt; failing all that, moves it to quarantine so that the rest can be listed again.",
     false},
    {"R-SESSION-RECOVER",
     "Writes the missing info file of a session anew from its messages, its sub-session record and the index that "
     "lists it.",
     false},
    {"R-SUBSESSION-SYNTH",
     "Writes the missing record of a sub-session from the child session and its messages, and lists it in its "
     "parent's index.",
     false},
    {"R-SUBSESSION-CLOSE",
     "Sets status, time and summary of a sub-session that is stated to run, or has no valid status, to what its last "
     "message tells; the rest of the record stays.",
     false},
    {"R-INDEX",
     "Rewrites the list of a session's sub-sessions from their records: order kept, duplicates and entries without "
     "a record dropped, missing ones added.",
     false},
    {"R-DISK",
     "Makes room, the mildest first and no more than it takes: dgmo's caches, copies of rotated logs, and what "
     "the agent kept of repairs older than 90 days. Never removes empty files in bulk, as is often advised: those "
     "are the evidence of what was lost. Idle sessions and old backups are only named.",
     true, false},
    {"R-FDLIMIT",
     "Raises the limit of open files of a running dgmo or Qdrant as far as it may go without an administrator, "
     "and says what to write down so that it lasts. Changes no limit of the machine or of other programs.",
     false, false},
    {"R-LOGROTATE",
     "Copies a log over 10 MB beside it, compresses older copies, keeps five of them, and empties the log, which "
     "its writer keeps open. Refused while a program writes it that would not notice.",
     false, false},
    {"R-PORT",
     "Ends the user's own program that listens on the port Qdrant or dgmo needs: asks it to, and kills it after "
     "ten seconds. Killing whoever uses the port, as is often advised, also ends the programs that are only "
     "connected to it and Qdrant itself: those, and other users' programs, are never touched.",
     true, false},
    {"R-QDR-CREATE",
     "Makes the collection that dgmo's memory expects, empty, where the server has none, there is no good snapshot to "
     "restore, and the server's storage holds no files of one. The usual advice makes it without looking, which "
     "removes "
     "a collection that only could not be loaded.",
     false, false},
    {"R-QDR-OPTIMIZE",
     "Has the Qdrant server begin optimisations that wait. No setting is changed and no note is touched.", false,
     false},
    {"R-QDR-RECOVER",
     "Restores a collection from the newest snapshot that verifies, after saving it as it is, and counts its notes. "
     "The "
     "usual advice deletes the collection first and then finds that the snapshot does not fit; this deletes nothing.",
     false, false},
    {"R-QDR-RESTART",
     "Restarts the container or service that holds the Qdrant server of this machine, at most three times, until it "
     "answers with its collections. One that is still loading them is left alone: restarting it would make it begin "
     "again.",
     false, false},
    {"R-QDR-REVECTOR",
     "Gives the vectors of a collection the name that dgmo's memory asks for: every note is saved, copied, compared, "
     "and "
     "only then put into a new collection of the old name; a run that was ended is finished by the next. The usual "
     "advice deletes and recreates the collection, which loses every note.",
     false, false},
    {"R-MESSAGE-CLOSE",
     "Ends a turn that dgmo did not live to end: tool calls without a result are closed as aborted, and the message "
     "gets the time of its last change, as dgmo itself does when a turn is aborted.",
     true},
    {"R-MIGRATE",
     "Copies a data root to another place, compares the copy with it, and says how dgmo is made to use it; the source "
     "stays as it is. Done by `dgmo-agent migrate ROOT --to DIR --apply`.",
     true},
    {"R-PERM",
     "Gives the owner the rights dgmo needs, takes the right to write from others, hides secrets, and gives back what "
     "root owns. It changes only what a finding names: `chmod -R 755` over everything would let all users of the "
     "machine read prompts and keys.",
     false},
    {"R-PRUNE",
     "Moves the records and indexes that deleted sessions left behind to quarantine, unless the newest backup still "
     "has the session: then it may be lost and not deleted.",
     true},
    {"R-QUARANTINE",
     "Moves a file that has no business in the store into the agent's quarantine, where it stays and from where it "
     "can be put back.",
     false},
};

}  // namespace

std::span<const RepairDescription> AllRepairDescriptions() { return kRepairs; }

const RepairDescription* FindRepairDescription(std::string_view id) {
  for (const RepairDescription& repair : kRepairs) {
    if (repair.id == id) return &repair;
  }
  return nullptr;
}

std::string RepairRefusal(std::string_view repair) {
  if (repair.empty() || FindRepairDescription(repair) != nullptr) return "";
  return std::string(repair) + " is not part of this version";
}

}  // namespace fleet
