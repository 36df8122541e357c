#include "common/patterns/groups.h"

namespace fleet {

namespace {

// Damage to the bytes of any document.
std::vector<std::string> With(std::vector<std::string> codes) {
  for (const char* code :
       {"*_JSON_EMPTY", "*_JSON_NUL", "*_JSON_TRUNCATED", "*_JSON_INVALID", "*_ENCODING_INVALID", "*_SHAPE_INVALID"}) {
    codes.emplace_back(code);
  }
  return codes;
}

}  // namespace

std::vector<LogPattern> GuidePatterns() {
  return {
      {"SESSION_NOT_FOUND",
       R"re(session not found(?::\s*(ses_[0-9A-Za-z_]+))?)re",
       "sessions",
       "dgmo was asked for a session whose info file it could not find: it is missing, in another root, or the listing "
       "is broken by a file that does not belong there.",
       "See what `dgmo-agent where ID` says of the session; R-SESSION-RECOVER, R-TMP and R-CONSOLIDATE are the cures.",
       {"LAYOUT_SPLIT", "STORAGE_FOREIGN_FILE", "TMP_LITTER"},
       With({"SESSION_FILE_MISSING"})},
      {"UNDEFINED_ID",
       R"re(cannot read propert(?:y 'id' of (?:undefined|null)|ies of (?:undefined|null) \(reading 'id'\))|(?:undefined|null) is not an object \(evaluating '[^']*\.id'\))re",
       "sessions",
       "dgmo read a session or a record that is not of the shape it expects, and stopped in the middle.",
       "Have the damaged document recovered (R-FILE-RECOVER) or the index rebuilt (R-INDEX).",
       {"SESSION_SHAPE_INVALID", "SUBSESSION_SHAPE_INVALID"}},
      {"JSON_PARSE",
       R"re(json\.parse error at position (\d+)|json parse error:?|failed to parse json|unexpected end of json input|unexpected token .* json|in json at position (\d+)|invalid character .* looking for beginning of|ConfigJsonError|is not valid json)re",
       "sessions",
       "dgmo could not read a document as JSON: a session, a message or a configuration is empty or damaged.",
       "Have the damaged document recovered; `dgmo-agent check` names it and its cure.",
       With({"CONFIG_JSONC_COMMENTS", "APP_STATE_INVALID"})},
      {"PERM_SESSIONS",
       R"re(permission denied:?\s*\S*/(?:sessions?|storage)/)re",
       "storage",
       "dgmo may not read or write its own sessions: their owner or mode is wrong.",
       "Have owner and mode put right (R-PERM), and run dgmo always as the same user.",
       {"PERM_*"}},
      {"QDRANT_REFUSED",
       R"re((?:connection refused|ECONNREFUSED)[^\n]*(?:localhost|127\.0\.0\.1|\[?::1\]?)?:6333|connect ECONNREFUSED [^\s]*:6333)re",
       "qdrant",
       "Nothing answered where Qdrant, the memory of the agents, is expected to listen.",
       "Have Qdrant started again (R-QDR-RESTART).",
       {"QDRANT_DOWN", "QDRANT_WRONG_SERVICE", "DNS_LOCALHOST"}},
      {"QDRANT_NO_COLLECTION",
       R"re(collection not found:?\s*(\S+)|not found: collection .([^'\x60]+). doesn't exist)re",
       "qdrant",
       "Qdrant runs, but the collection that holds the memories is not there.",
       "Have it recovered from a backup (R-QDR-RECOVER), or created when there is none (R-QDR-CREATE).",
       {"QDRANT_COLLECTION_MISSING"}},
      {"VECTOR_DIM",
       R"re(vector dimension mismatch|vector (?:dimension|inserting) error: expected dim: (\d+), got (\d+))re",
       "qdrant",
       "A memory was stored with vectors of another length than the collection has: another embedding model.",
       "Set the embedding model the collection was made with; a change of model needs all memories embedded anew.",
       {"QDRANT_VECTOR_SIZE_MISMATCH", "CONFIG_MCP_QDRANT_MISMATCH"}},
      {"VECTOR_NAME",
       R"re(not existing vector name(?: error)?:\s*(\S*))re",
       "qdrant",
       "The memory server asked for a named vector that the collection does not have.",
       "Have the collection rebuilt with named vectors (R-QDR-REVECTOR); always create it so.",
       {"QDRANT_VECTOR_UNNAMED", "QDRANT_VECTOR_NAME_MISSING", "CONFIG_MCP_QDRANT_MISMATCH"}},
      {"ENOENT",
       R"re(ENOENT: no such file or directory(?:, \w+ '([^']+)')?)re",
       "storage",
       "A file or folder was not where dgmo or one of its tools looked. A path that ends in .json and digits is a "
       "temporary file met while it was being renamed, which does no harm.",
       "Look at the findings that confirm it; R-DIRS, R-TMP and R-QUARANTINE are the cures. Without any, it was a "
       "tool.",
       {"STORAGE_ROOT_MISSING", "STORAGE_SUBDIR_MISSING", "STORAGE_FOREIGN_FILE", "TMP_LITTER",
        "STORAGE_CONFLICT_COPY"}},
      {"ENOSPC",
       R"re(ENOSPC|no space left on device|EDQUOT|disk quota exceeded)re",
       "machine",
       "Something could not be written: the disk, its inodes or the user's quota is full, or no more files can be "
       "watched.",
       "Make room (R-DISK, R-ARCHIVE); for `file watchers`, raise fs.inotify.max_user_watches.",
       {"DISK_SPACE_*", "INODE_*"}},
      {"EMFILE",
       R"re(EMFILE|ENFILE|too many open files)re",
       "machine",
       "A process or the machine ran out of file descriptors.",
       "Raise the limit (R-FDLIMIT) and restart dgmo.",
       {"FD_LIMIT_NEAR"}},
      {"EACCES",
       R"re(EACCES|EPERM: operation not permitted|permission denied)re",
       "storage",
       "Something was refused for lack of permission: owner, mode, an immutable file or a read-only file system.",
       "Have owner and mode put right (R-PERM), and run dgmo always as the same user.",
       {"STORAGE_READONLY_FS", "PERM_*"}},
      {"NO_SUBSESSIONS",
       R"re(no sub-sessions found(?: for parent (\S+))?)re",
       "sub-sessions",
       "dgmo showed no agents for a session: none were started, its index lost them, or the user is inside one of "
       "them.",
       "Have records and index rebuilt (R-SUBSESSION-SYNTH, R-INDEX) when a finding confirms it.",
       {"LAYOUT_SPLIT", "PROJECT_ALIAS_SPLIT"},
       {"CHILD_SESSION_UNTRACKED", "SUBSESSION_INDEX_MISSING", "INDEX_JSON_*", "INDEX_ENCODING_INVALID",
        "INDEX_SHAPE_INVALID", "INDEX_MISSING_ENTRY", "INDEX_DANGLING_ENTRY", "INDEX_WRONG_PARENT"}},
      {"INDEX_CORRUPT",
       R"re(sub-?session index corrupt(?:ed)?)re",
       "sub-sessions",
       "An index of sub-sessions could not be read.",
       "Have the index rebuilt from the records (R-INDEX).",
       {"INDEX_JSON_*", "INDEX_ENCODING_INVALID", "INDEX_SHAPE_INVALID"}},
      {"TASK_FAILED",
       R"re(task tool execution failed|\[TASK\].*(?:failed|error))re",
       "sub-sessions",
       "An agent could not be created, or its model answered with an error.",
       "Read the lines around it with `dgmo-agent logs --errors`; R-SUBSESSION-CLOSE closes what it left running.",
       {"SUBSESSION_STALE_RUNNING", "SUBSESSION_HIDDEN_FAILURE", "DISK_SPACE_*", "INODE_*", "CONFIG_*",
        "DGMO_NOT_INSTALLED"}},
      {"AGENT_TIMEOUT",
       R"re(agent creation timeout|sub-?agent .*time(?:d )?out)re",
       "machine",
       "An agent took too long to start or to answer: the machine is short of something.",
       "Free what the confirming finding names: disk, memory or file descriptors.",
       {"DISK_SPACE_*", "INODE_*", "FD_LIMIT_NEAR", "MEM_PRESSURE", "LOAD_SLOW"}},
      // Appendix E: the one pattern of it that is a line of its own; the others say what is listed above.
      {"CANNOT_SEE_IMAGES", R"re((?:can(?:not|'t)|unable to) (?:see|view) images?)re", "sessions",
       "A model answered that it cannot see an image, though it was loaded: it has no vision, or the image was read as "
       "text.",
       "Choose a model with vision, and ask to analyze, look at or describe the image; keep it below 5 MB."},
  };
}

}  // namespace fleet
