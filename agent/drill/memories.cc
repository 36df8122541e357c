#include "agent/drill/memories.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/status.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kPage = 64;

}  // namespace

Json VectorOfMemory(int number, std::int64_t size) {
  Json vector = Json::array();
  for (std::int64_t i = 0; i < size; ++i) {
    // Every memory in a direction of its own.
    vector.push_back(std::sin(0.1 * static_cast<double>((i + 1) * (number + 1)) + static_cast<double>(number)));
  }
  return vector;
}

absl::Status StoreMemories(const QdrantAdmin& admin, const std::string& collection, const Json& vectors,
                           const std::string& vector_name, std::int64_t size, int count) {
  RETURN_IF_ERROR(admin.Create(collection, {{"vectors", vectors}}));
  std::vector<Json> points;
  for (int number = 0; number < count; ++number) {
    const Json vector = VectorOfMemory(number, size);
    points.push_back({{"id", number + 1},
                      {"payload",
                       {{"document", "Memory " + std::to_string(number) + ", größer ✓"},
                        {"metadata", {{"number", number}, {"share", number / 7.0}}}}},
                      {"vector", vector_name.empty() ? vector : Json{{vector_name, vector}}}});
    if (points.size() < kPage && number + 1 < count) continue;
    RETURN_IF_ERROR(admin.Upsert(collection, points));
    points.clear();
  }
  return absl::OkStatus();
}

absl::StatusOr<Memories> AllMemories(const QdrantAdmin& admin, const std::string& collection) {
  Memories all;
  Json from;
  do {
    ASSIGN_OR_RETURN(PointPage page, admin.Scroll(collection, from, kPage));
    for (Json& point : page.points) {
      const std::string id = IdText(point);
      all[id] = std::move(point);
    }
    from = std::move(page.next);
  } while (!from.is_null());
  return all;
}

double ShareRemembered(const Memories& expected, const VectorRename& rename, const Memories& actual) {
  if (expected.empty()) return 1;
  const auto kept = std::count_if(expected.begin(), expected.end(), [&](const auto& memory) {
    const auto found = actual.find(memory.first);
    if (found == actual.end()) return false;
    const PointComparison comparison = Compare(Rekeyed(memory.second, rename), found->second);
    return comparison.is_same || comparison.is_rounded;
  });
  return static_cast<double>(kept) / static_cast<double>(expected.size());
}

}  // namespace fleet::agent
