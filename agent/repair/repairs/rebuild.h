#pragma once

#include <string>
#include <vector>

#include "agent/repair/repair.h"

namespace fleet::agent {

// What several repairs share: each makes one document from what the rest of the store knows of it, or says why it
// cannot. An empty Cure means that nothing is to be done.

// A session info at `path` (empty: where its neighbours lie) from its messages and its record.
Answer RebuildSession(const PlannedRoot& root, const std::string& id, std::string path);

// The sub-session record of a child from its info and its messages.
Answer RebuildRecord(const PlannedRoot& root, const std::string& child);

// A parent's index from the records.
Answer RebuildIndex(const PlannedRoot& root, const std::string& parent);

// The guide's sessions/index.json from the files.
Answer RebuildGuideIndex(const PlannedRoot& root);

// What the index of a parent should list: what it lists now where that is right, then the rest in order of creation.
std::vector<std::string> ExpectedIndex(const PlannedRoot& root, const std::string& parent);

// Of a finding; relative to its root.
std::string RelativePath(const PlannedRoot& root, const std::string& absolute);

extern const Repair kDirs;
extern const Repair kTmp;
extern const Repair kQuarantine;
extern const Repair kFileRecover;
extern const Repair kSessionRecover;
extern const Repair kSubsessionSynth;
extern const Repair kIndex;

}  // namespace fleet::agent
