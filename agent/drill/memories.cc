#include "agent/drill/memories.h"

#include <cmath>
#include <vector>

#include "common/status.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kAtOnce = 64;

}  // namespace

Json VectorOfMemory(int number, std::int64_t size) {
  Json vector = Json::array();
  for (std::int64_t i = 0; i < size; ++i) {
    // Every memory in a direction of its own.
    vector.push_back(std::sin(0.1 * static_cast<double>((i + 1) * (number + 1)) + static_cast<double>(number)));
  }
  return vector;
}

absl::Status StoreMemories(const QdrantAdmin& admin, const std::string& collection, const std::string& vector_name,
                           std::int64_t size, int count) {
  std::vector<Json> points;
  for (int number = 0; number < count; ++number) {
    const Json vector = VectorOfMemory(number, size);
    points.push_back({{"id", number + 1},
                      {"payload",
                       {{"document", "Memory " + std::to_string(number) + ", größer ✓"},
                        {"metadata", {{"number", number}, {"share", number / 7.0}}}}},
                      {"vector", vector_name.empty() ? vector : Json{{vector_name, vector}}}});
    if (points.size() < kAtOnce && number + 1 < count) continue;
    RETURN_IF_ERROR(admin.Upsert(collection, points));
    points.clear();
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
