#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "agent/qdrant/admin.h"
#include "agent/qdrant/point_file.h"
#include "agent/qdrant/points.h"

namespace fleet::agent {

// Moving points between a collection and a file, and comparing the two. Blocks on the network and the disk.

// All points of a collection, payload and vectors, into a file.
absl::StatusOr<PointFileSummary> SavePoints(const QdrantAdmin& admin, const std::string& collection,
                                            const std::string& path);

// Writes the points of a file into a collection, 64 at a time. Doing it again changes nothing.
absl::Status WritePoints(const QdrantAdmin& admin, const std::string& path, const VectorRename& rename,
                         const std::string& collection);

// Looks every point of a file up in a collection. Fail("points_differ") names the first that is not there as it was in
// the file; more points than those of the file are no difference.
struct PointsCompared {
  std::int64_t points = 0;
  std::int64_t rounded = 0;  // whose vectors the server has rounded anew
  std::int64_t without_vector = 0;
};
absl::StatusOr<PointsCompared> ComparePoints(const QdrantAdmin& admin, const std::string& path,
                                             const VectorRename& rename, const std::string& collection);

}  // namespace fleet::agent
