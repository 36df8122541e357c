#pragma once

#include <absl/status/status.h>

#include <string>

#include "agent/qdrant/admin.h"
#include "agent/qdrant/snapshot_store.h"

namespace fleet::agent {

// Has the server restore a snapshot of this machine into a collection (made when it is missing), and removes the file
// that the server keeps of it. Blocks on the network.
absl::Status RestoreInto(const QdrantAdmin& admin, const std::string& collection, const StoredSnapshot& snapshot);

}  // namespace fleet::agent
