#include "common/rules/families.h"

namespace fleet {

std::vector<Rule> ResourceRules() {
  return {
      {"STORAGE_READONLY_FS", 10, "storage", Severity::kP1, "",
       "The file system that holds the data or its backups cannot be written to. dgmo swallows the error and goes on: "
       "what is said in a session now is lost.",
       "Find out why: a mount option, or an error of the disk after which the kernel stopped writing (dmesg). Copy the "
       "data to another disk before anything else when it was an error.",
       "", false, ""},
      {"PERM_DIR_ACCESS", 80, "storage", Severity::kP1, "",
       "The owner of the data may not read, write and search one of its folders. dgmo cannot save what belongs there; "
       "what lies below may be unknown.",
       "Give the folder back to its owner with read, write and search rights (chmod u+rwx, chown).", "R-PERM", false,
       ""},
      {"PERM_FILE_ACCESS", 81, "storage", Severity::kP1, "",
       "The owner of the data may not read and write a file that dgmo has to rewrite. Its updates are lost without a "
       "word.",
       "Give the file back to its owner with read and write rights (chmod u+rw, chown).", "R-PERM", false, ""},
      {"PERM_OWNER_MISMATCH", 82, "storage", Severity::kP1, "P0 when it belongs to another user who is not root",
       "Something of dgmo's belongs to another user than the home it lies in, often because dgmo ran once as root. Its "
       "owner's own dgmo can no longer change it.",
       "Give it back to the home's owner (chown). When it belongs to another user, find out first how it came there.",
       "R-PERM", false, "what belongs to another user may have been written by him"},
      {"PERM_WORLD_WRITABLE", 83, "storage", Severity::kP2, "P0 when it also belongs to somebody else",
       "Other users of the machine may change data or configuration of this one. What dgmo is told to do can be "
       "changed "
       "by whoever can write there.",
       "Take the right to write away from group and others (chmod go-w).", "R-PERM", false,
       "others may change what dgmo does in this user's name"},
      {"PERM_SECRET_EXPOSED", 84, "storage", Severity::kP2, "",
       "Other users of the machine may read a file with keys or tokens: auth.json, the secret of a shared session, or "
       "a configuration with a key in it.",
       "Let only its owner read it (chmod 600), and replace the keys when others could have read them.", "R-PERM",
       false, "whoever read the keys can use them elsewhere"},
      {"PERM_IMMUTABLE", 85, "storage", Severity::kP2, "",
       "A file or folder has the attribute immutable or append-only. Nobody can change it, whatever its rights say, "
       "and "
       "dgmo's updates of it are lost.",
       "See who set the attribute and why, then remove it (chattr -i -a).", "", false, ""},
      {"DISK_SPACE_LOW", 86, "machine", Severity::kP2, "",
       "The file system that holds the data, its backups or temporary files is nearly full.",
       "Remove what is not needed, or move old sessions and backups elsewhere.", "R-DISK", false, ""},
      {"DISK_SPACE_CRITICAL", 86, "machine", Severity::kP1, "",
       "The file system that holds the data, its backups or temporary files is full, or all but. dgmo cannot save: "
       "updates are lost and halves of files stay behind.",
       "Make room now: remove what is not needed, or move old sessions and backups elsewhere.", "R-DISK", false, ""},
      {"INODE_LOW", 87, "machine", Severity::kP2, "",
       "The file system that holds the data can hold few more files. dgmo writes one for each message.",
       "Find the folder with the most files and remove what is not needed; archive old sessions.", "R-DISK", false, ""},
      {"INODE_CRITICAL", 87, "machine", Severity::kP1, "",
       "The file system that holds the data can hold hardly any further file, however much space is free. dgmo cannot "
       "save new messages.",
       "Find the folder with the most files and remove what is not needed now; archive old sessions.", "R-DISK", false,
       ""},
      {"FD_LIMIT_NEAR", 88, "machine", Severity::kP2, "P1 when none is left",
       "A process of dgmo or Qdrant, or the machine as a whole, has nearly as many files open as it may. At the limit "
       "nothing can be opened or connected any more.",
       "Restart the process, and raise its limit of open files when it needs so many (ulimit -n, LimitNOFILE=).",
       "R-FDLIMIT", false, ""},
      {"MEM_PRESSURE", 89, "machine", Severity::kP2, "",
       "Memory is short: little is available, everything waits for it, or the kernel has just ended a process of dgmo "
       "or Qdrant for want of it.",
       "Restart dgmo, close what needs much memory, or give the machine more.", "", false, ""},
      {"LOAD_SLOW", 90, "sessions", Severity::kP2, "P1 when loading takes more than half an hour",
       "Listing the sessions, or reading all of them, takes so long that dgmo seems to hang when it starts.",
       "Archive old sessions; see with `dgmo-agent performance` which are the largest, and whether the disk is slow.",
       "R-ARCHIVE", false, ""},
  };
}

}  // namespace fleet
