#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/access_census.h"
#include "agent/store/conversation.h"
#include "agent/store/directory.h"
#include "agent/store/document.h"
#include "agent/store/file_stat.h"
#include "agent/store/layout.h"
#include "agent/store/load_facts.h"
#include "agent/store/root.h"

namespace fleet::agent {

// What one pass over a data root found: plain values, no I/O, copied freely by planning. Messages are counted, not
// kept, so the size goes with sessions and damage. All paths are relative to the root and raw bytes. Maps are ordered,
// so that the same store gives the same findings in the same order.

struct SessionInfo {
  SessionDocument document;
  std::string path;
  FileStat stat;
  int rank = 0;
};

struct SubsessionRecord {
  SubsessionDocument document;
  std::string path;
  FileStat stat;
};

struct SubsessionIndex {
  IndexDocument document;
  std::string path;
  FileStat stat;
};

struct GuideIndex {
  GuideIndexDocument document;
  std::string path;
  FileStat stat;
};

// A document whose bytes are not what they should be.
struct DamagedDocument {
  Place place;
  Fault fault;
  FileStat stat;
  std::string sha256;    // empty when it was too large to read
  std::string head_hex;  // first 64 bytes; never of a message
};

// A file or entry that has no business where it is.
struct Stray {
  enum class Kind : std::uint8_t { kForeignFile, kLitter, kConflictCopy, kUnexpectedType, kNestedDirectory };
  Kind kind = Kind::kForeignFile;
  Place place;  // of the entry, or for litter of the target
  EntryType type = EntryType::kFile;
  FileStat stat;
  std::string target;          // litter: path of the document it was meant to become
  std::int64_t litter_ms = 0;  // litter: the time in its name
  bool leaves_root = false;    // symlink whose target lies outside
};

struct ReadStats {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  double read_ms = 0;       // how long reading the root took; 0: not as a whole
  std::int64_t unread = 0;  // messages that were only counted
};

struct RootModel {
  Root root;
  bool live = false;                                  // a dgmo process works on it
  std::map<std::string, SessionInfo> sessions;        // by the id of the file name
  std::map<std::string, Conversation> conversations;  // by session id
  std::map<std::string, SubsessionRecord> records;    // by the id of the file name
  std::map<std::string, SubsessionIndex> indexes;     // by parent id
  std::optional<GuideIndex> guide_index;
  std::map<std::string, DamagedDocument> damaged;  // by path
  std::map<std::string, Stray> strays;             // by path
  std::map<std::string, Unreadable> unreadable;    // by path
  std::set<std::string> directories;               // all but the conversations'
  std::set<std::string> shares;                    // session ids with a share document
  bool has_app_file = false;
  bool has_config_file = false;  // the guide's
  AccessCensus access;
  ReadStats stats;
  std::optional<LoadFacts> load;  // nullopt: not measured

  // Whether a file for that document exists, damaged or not.
  bool HasInfoFile(std::string_view id) const;
  bool HasRecordFile(std::string_view id) const;
  bool HasMessages(std::string_view id) const;
};

// Puts what one file holds into the model, whose path must hold nothing: Forget takes out what a path held (messages
// are only counted, so forgetting one that is not there would count wrongly). Reading a root, and planning a repair on
// a copy, both go through these two. Files that are no documents are ignored.
void Ingest(RootModel& model, const std::string& path, const FileStat& stat, const PaddedText& bytes,
            DocumentParser& parser);
// The same for one whose place is known.
void Ingest(RootModel& model, const std::string& path, const Place& place, const FileStat& stat,
            const PaddedText& bytes, DocumentParser& parser);
void Forget(RootModel& model, const std::string& path);

// Takes out what a folder of a session's conversation and everything below it held, and the conversation itself, whose
// messages cannot be taken out one by one: what other folders hold of it has to be read again.
void ForgetConversation(RootModel& model, const std::string& session, const std::string& folder);

}  // namespace fleet::agent
