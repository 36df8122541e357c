#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "agent/checks/settings.h"
#include "common/finding.h"

namespace fleet::agent {

// All findings about a home, by the rules of the catalogue: pure, the same model and time give the same findings in the
// same order (worst first, then root, code, path). first_seen and last_seen are `now_ms`. What could not be looked at
// gives no finding of what might be wrong with it, only one that says it could not be read.
//
// `paths` are absolute and name every file concerned, also one that is missing; `path` is the first of them.
// What the subject_id is, and what a repair finds where:
//   damaged documents      the id in the file's name; `path` the file
//   TMP_LITTER             the id of the document the litter was to become (one finding a document); `path` the newest
//                          litter, then older ones, then the document when it is there
//   strays, missing folders  the path below the root
//   sessions               the session; for SESSION_PARENT_* the child, evidence "parent" the parent;
//                          SESSION_PARENT_CYCLE its smallest id
//   MESSAGE_*              the message, evidence "session"; of MESSAGE_SESSION_MISMATCH, MESSAGE_ORPHAN_DIR and
//                          MESSAGE_ID_EPOCH_WRAP the session whose conversation it is
//   PROJECT_ALIAS_SPLIT    the child; `root` is the child's, the last of `paths` the parent's info in the other root
//   STORAGE_DUPLICATE_ID   the session; `root` is the home, `paths` the copies of what differs
//   SUBSESSION_*, ORPHAN_SUBSESSION, CHILD_SESSION_UNTRACKED   the child; evidence "parent"
//   DELETED_RESIDUE        the deleted parent, or the deleted child of a living one; `paths` all that is left
//   SUBSESSION_INDEX_MISSING, INDEX_ORPHAN, INDEX_ENTRY_MALFORMED, damaged indexes   the parent; `path` the index
//   other INDEX_*          the child the entry names or lacks; evidence "parent"; `path` the parent's index
//   GUIDE_INDEX_MISMATCH   nothing; `path` sessions/index.json
//   configuration, state, programs   "config", "tui", the MCP server or the program; `root` is the home
//   homes (LAYOUT_SPLIT, STORAGE_ROOT_MISSING, STORAGE_ENV_OVERRIDE_INVALID)   nothing; `root` is the home
//   LOG_PATTERN_*          the one session or message its lines name; `path` the file it was last seen in
//   PERM_*, STORAGE_IO_ERROR of roots   one finding a folder (all conversations are one); the path below the root of
//   the
//                          only entry, or of the folder; `paths` the first twenty entries
//   PERM_* of homes        the absolute path; `root` is the home
//   machines               the mount point, the program, "port 6333" or "localhost"; `root` is "/"
// What CheckMachine found about the machine is given as `machine`: it can confirm what the logs of the home say.
std::vector<Finding> CheckHome(const HomeModel& home, std::int64_t now_ms, const CheckSettings& settings = {},
                               std::span<const Finding> machine = {});

// All findings about the machine around the homes; their root is "/". The same promises as CheckHome.
std::vector<Finding> CheckMachine(const MachineModel& machine, std::int64_t now_ms, const CheckSettings& settings = {});

// Files of a root that look wrong and may only do so because somebody writes them now: to be read again before
// reporting. Documents only, relative to the root; some are missing.
std::vector<std::string> SuspiciousPaths(const RootModel& root);

}  // namespace fleet::agent
