#pragma once

#include <string>

#include "agent/checks/facts/qdrant_facts.h"
#include "agent/checks/qdrant_target.h"
#include "agent/checks/settings.h"
#include "agent/store/root.h"

namespace fleet::agent {

// What a Qdrant leaves on this machine beside its answers: its process, its storage, backups of its collections, and
// what the agent remembers of them. Looks only; blocks on the disk; any thread.
void AddTraces(const QdrantTarget& target, const CheckSettings& settings, const Home& home, QdrantFacts& facts);

// Where the server of this process, or one as people usually set it up, keeps its collections; the likeliest first,
// without regard to whether anything is there. `process` is 0 when there is none.
std::vector<std::string> StorageFolders(int process, const CheckSettings& settings, const Home& home);

// The storage path that a Qdrant configuration file names; empty: none.
std::string StoragePathIn(std::string_view yaml);

}  // namespace fleet::agent
