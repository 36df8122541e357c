#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/repair/conversation_text.h"
#include "agent/repair/repair.h"

namespace fleet::agent {

// What several repairs share: each makes one document from what the rest of the store knows of it, or says why it
// cannot. An empty Cure means that nothing is to be done.

// A session info at `path` (empty: where its neighbours lie) from its messages and its record.
Answer RebuildSession(const PlannedRoot& root, const std::string& id, std::string path);

// The sub-session record of a child from its info and its messages.
Answer RebuildRecord(const PlannedRoot& root, const std::string& child);

// How a sub-session's work ended, as its last answer tells; not before it began.
struct TaskOutcome {
  bool failed = false;
  std::int64_t completed_ms = 0;
  JsText summary;
};
TaskOutcome OutcomeOf(std::int64_t began_ms, const ConversationText& conversation);

// A parent's index from the records.
Answer RebuildIndex(const PlannedRoot& root, const std::string& parent);

// The guide's sessions/index.json from the files.
Answer RebuildGuideIndex(const PlannedRoot& root);

// What the index of a parent should list: what it lists now where that is right, then the rest in order of creation.
std::vector<std::string> ExpectedIndex(const PlannedRoot& root, const std::string& parent);

// Of a finding; relative to its root.
std::string RelativePath(const PlannedRoot& root, const std::string& absolute);

extern const Repair kPerm;
extern const Repair kPermAsTheGuide;
extern const Repair kDirs;
extern const Repair kTmp;
extern const Repair kQuarantine;
extern const Repair kEncoding;
extern const Repair kFileRecover;
extern const Repair kSessionRecover;
extern const Repair kMessageClose;
extern const Repair kSubsessionSynth;
extern const Repair kSubsessionClose;
extern const Repair kPrune;
extern const Repair kConfigCreate;
extern const Repair kConfigRecover;
extern const Repair kConfigMerge;
extern const Repair kBypass;
extern const Repair kArchive;
extern const Repair kConsolidate;
extern const Repair kIndex;

}  // namespace fleet::agent
