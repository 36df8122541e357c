#include "agent/probe/count_memory.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/checks/qdrant_collection.h"
#include "agent/store/directory.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxFileBytes = 1024 * 1024;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;

std::int64_t NumberIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_unsigned()) return 0;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(found->get<std::uint64_t>(), kMaxCount));
}

}  // namespace

std::string CountKey(const std::string& url, const std::string& collection) {
  return ToUtf8(url + "/collections/" + collection);
}

CountMemory ReadCountMemory(const std::string& state_folder) {
  if (state_folder.empty()) return {};
  const absl::StatusOr<Directory> folder = Directory::OpenRoot(state_folder);
  if (!folder.ok()) return {};
  PaddedText bytes;
  FileStat found;
  if (!folder->Read(CountMemory::kFileName, kMaxFileBytes, bytes, found).ok()) return {};
  return ParseCountMemory(bytes.view());
}

CountMemory ParseCountMemory(std::string_view text) {
  CountMemory memory;
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  const auto list = json.is_object() ? json.find("collections") : json.end();
  if (!json.is_object() || list == json.end() || !list->is_object()) return memory;
  for (const auto& [key, entry] : list->items()) {
    if (!entry.is_object()) continue;
    memory.collections[key] = {NumberIn(entry, "points"), NumberIn(entry, "seen_ms"),
                               NumberIn(entry, "timeouts_in_row")};
  }
  return memory;
}

std::string CountMemoryText(const CountMemory& memory) {
  Json list = Json::object();
  for (const auto& [key, entry] : memory.collections) {
    list[key] = {{"points", entry.points}, {"seen_ms", entry.seen_ms}, {"timeouts_in_row", entry.timeouts_in_row}};
  }
  return Json{{"collections", list}}.dump(2) + "\n";
}

void Remember(const QdrantFacts& facts, const CheckSettings& settings, std::int64_t now_ms, CountMemory& memory) {
  const std::string key = CountKey(facts.url, facts.collection);
  const auto known = memory.collections.find(key);
  RememberedCollection entry = known == memory.collections.end() ? RememberedCollection{} : known->second;
  // More of them tell nothing more.
  entry.timeouts_in_row = facts.server == QdrantFacts::Server::kTimedOut
                              ? std::min(entry.timeouts_in_row + 1, settings.qdrant_timeouts)
                              : 0;
  if (facts.found && facts.found->points.value_or(0) > entry.points && IsGoodCollection(facts, settings)) {
    entry.points = *facts.found->points;
    entry.seen_ms = now_ms;
  }
  if (entry != RememberedCollection{}) {
    memory.collections[key] = entry;
  } else if (known != memory.collections.end()) {
    memory.collections.erase(known);
  }
}

void Accept(const QdrantFacts& facts, std::int64_t now_ms, CountMemory& memory) {
  if (!facts.found || !facts.found->points) return;
  memory.collections[CountKey(facts.url, facts.collection)] = {*facts.found->points, now_ms, 0};
}

}  // namespace fleet::agent
