#include "agent/qdrant/copy.h"

#include <algorithm>
#include <map>

#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kPage = 128;
constexpr std::size_t kBatch = 64;

}  // namespace

absl::StatusOr<PointFileSummary> SavePoints(const QdrantAdmin& admin, const std::string& collection,
                                            const std::string& path) {
  ASSIGN_OR_RETURN(PointFileWriter file, PointFileWriter::Open(path));
  Json from;
  do {
    ASSIGN_OR_RETURN(PointPage page, admin.Scroll(collection, from, kPage));
    for (const Json& point : page.points) RETURN_IF_ERROR(file.Add(point));
    // A server that names the same point again would be asked for ever.
    if (!page.next.is_null() && page.next == from) return Fail("wrong_service", "the list of points does not go on");
    from = std::move(page.next);
  } while (!from.is_null());
  return file.Finish();
}

absl::Status WritePoints(const QdrantAdmin& admin, const std::string& path, const VectorRename& rename,
                         const std::string& collection) {
  return ReadPointFile(path, kBatch, [&](const std::vector<Json>& points) {
    std::vector<Json> renamed;
    for (const Json& point : points) renamed.push_back(Rekeyed(point, rename));
    return admin.Upsert(collection, renamed);
  });
}

absl::StatusOr<PointsCompared> ComparePoints(const QdrantAdmin& admin, const std::string& path,
                                             const VectorRename& rename, const std::string& collection) {
  PointsCompared compared;
  const absl::Status status = ReadPointFile(path, kBatch, [&](const std::vector<Json>& points) -> absl::Status {
    std::vector<Json> ids;
    for (const Json& point : points) ids.push_back(point.at("id"));
    ASSIGN_OR_RETURN(const std::vector<Json> found, admin.Points(collection, ids));
    std::map<std::string, const Json*> by_id;
    for (const Json& point : found) by_id[IdText(point)] = &point;
    for (const Json& point : points) {
      const auto other = by_id.find(IdText(point));
      const PointComparison comparison = other == by_id.end() ? PointComparison{.difference = "it is missing"}
                                                              : Compare(Rekeyed(point, rename), *other->second);
      if (!comparison.is_same) {
        return Fail("points_differ", "point " + ToUtf8(IdText(point)) + " of " + ToUtf8(collection) +
                                         " is not what it should be: " + comparison.difference);
      }
      ++compared.points;
      compared.rounded += comparison.is_rounded ? 1 : 0;
      compared.without_vector += HasVector(point, rename.from) ? 0 : 1;
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return compared;
}

}  // namespace fleet::agent
