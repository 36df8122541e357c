#include <simdjson.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

std::string Minified(std::string_view json) {
  std::string small(json.size() + 64, '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), small.data(), size) != simdjson::SUCCESS) return "";
  small.resize(size);
  return small;
}

// The document as it is; null when it is missing or damaged, nullopt when reading and writing it would change it.
std::optional<Json> ReadLosslessly(const PlannedRoot& root, const std::string& path, std::string& original) {
  if (!root.model().guide_index) return Json();
  const auto bytes = root.Read(path);
  if (!bytes.ok()) return std::nullopt;
  original = *bytes;
  Json json = Json::parse(original, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || json.dump(-1, ' ', false, Json::error_handler_t::replace) != Minified(original)) {
    return std::nullopt;
  }
  return json;
}

// Of which there is a file, or may be: what was not readable is not absent.
bool Exists(const RootModel& model, const std::string& id) {
  return model.HasInfoFile(id) || !model.unreadable.empty();
}

// Those that have a file. The index of the sub-sessions may have to keep more: what a record that cannot be read may
// be.
Json SubSessions(const PlannedRoot& root, const std::string& id) {
  Json list = Json::array();
  for (const std::string& child : ExpectedIndex(root, id)) {
    if (root.model().HasRecordFile(child) || Exists(root.model(), child)) list.push_back(ToUtf8(child));
  }
  return list;
}

// Corrects the "sessions" member in place: entries that are right and keys it does not know stay as they are. Children
// need no entry of their own.
void Correct(const PlannedRoot& root, Json& sessions) {
  const RootModel& model = root.model();
  std::vector<std::string> gone;
  for (const auto& [id, entry] : sessions.items()) {
    if (!Exists(model, id)) gone.push_back(id);
  }
  for (const std::string& id : gone) sessions.erase(id);
  for (const auto& [id, session] : model.sessions) {
    const bool is_child = session.document.parent_kind == SessionDocument::Parent::kId;
    if (NotWritable(id) || (is_child && !sessions.contains(id))) continue;
    Json& entry = sessions[id];
    if (!entry.is_object()) entry = Json::object();
    entry["id"] = id;
    const Json expected = SubSessions(root, id);
    Json& listed = entry["subSessions"];
    const auto as_set = [](const Json& list) { return std::multiset<Json>(list.begin(), list.end()); };
    if (!listed.is_array() || as_set(listed) != as_set(expected)) listed = expected;
  }
}

// Laid out as the original was.
std::string Written(const Json& json, const std::string& original) {
  const bool pretty = original.find_last_not_of(" \r\n") > original.find('\n');
  std::string text = json.dump(pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace);
  if (!original.empty() && original.back() == '\n') text += '\n';
  return text;
}

}  // namespace

Answer RebuildGuideIndex(const PlannedRoot& root) {
  const std::string path = LayoutOf(root.model().root.kind).path_of(DocumentClass::kGuideIndex, "index", "");
  const bool there = root.model().guide_index || root.model().damaged.contains(path);
  if (!there) return Cure{};
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  std::string original;
  const std::optional<Json> before = ReadLosslessly(root, path, original);
  if (!before) {
    return Refusal{"not_lossless", path + " holds something that rewriting would change; correct it by hand"};
  }
  Json after = before->is_object() ? *before : Json::object();
  Json& sessions = after["sessions"];
  if (!sessions.is_object()) sessions = Json::object();
  Correct(root, sessions);
  if (after == *before) return Cure{};
  Cure cure;
  cure.changes.push_back(WriteFile{path, Written(after, original)});
  cure.note = "rebuilt from " + std::to_string(root.model().sessions.size()) + " sessions";
  return cure;
}

}  // namespace fleet::agent
