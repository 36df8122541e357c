#include "agent/repair/journal_text.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/sha256.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 3;
constexpr int kOldestFormat = 1;  // knew no rights; 2 removed no directory
constexpr char kFormatName[] = "dgmo-agent repair journal";

// Never throws on bytes that are not UTF-8: those only reach it through ToUtf8 or as hex.
std::string Dump(const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json PathJson(const std::string& path) {
  if (ToUtf8(path) == path) return path;
  return Json{{"hex", HexText(path)}};
}

Json StateJson(const PathState& state) {
  switch (state.kind) {
    case PathState::Kind::kAbsent: return nullptr;
    case PathState::Kind::kDirectory:
      return Json{{"type", "directory"}, {"mode", state.stat.mode}, {"uid", state.stat.uid}, {"gid", state.stat.gid}};
    case PathState::Kind::kOther: return Json{{"type", "other"}};
    case PathState::Kind::kFile: break;
  }
  const FileStat& stat = state.stat;
  return Json{{"type", "file"},      {"sha256", state.sha256}, {"size", stat.size}, {"mtime_ns", stat.mtime_ns},
              {"mode", stat.mode},   {"uid", stat.uid},        {"gid", stat.gid},   {"device", stat.device},
              {"inode", stat.inode}, {"links", stat.links}};
}

Json AccessJson(const Access& access) { return Json{{"mode", access.mode}, {"uid", access.uid}}; }

Json ChangeJson(const PathChange& change) {
  Json json{
      {"path", PathJson(change.path)}, {"before", StateJson(change.before)},        {"after", StateJson(change.after)},
      {"backup", change.backup},       {"quarantine", PathJson(change.quarantine)}, {"reason", ToUtf8(change.reason)}};
  if (!change.access) return json;
  json["access"] = Json{{"before", AccessJson(change.access->before)}, {"after", AccessJson(change.access->after)}};
  return json;
}

Json RootJson(const JournalRoot& root) {
  Json json{{"root", PathJson(root.root.path)}, {"kind", RootKindText(root.root.kind)},
            {"app", ToUtf8(root.root.app)},     {"name", PathJson(root.root.name)},
            {"owner", root.root.owner},         {"changes", Json::array()}};
  for (const PathChange& change : root.changes) json["changes"].push_back(ChangeJson(change));
  return json;
}

// Reads fields and remembers the first that is not what it should be.
class Reader {
 public:
  std::string Text(const Json& json, const char* key) {
    const Json* value = Find(json, key);
    if (value == nullptr || !value->is_string()) return Bad(key);
    return value->get<std::string>();
  }
  std::string Path(const Json& json, const char* key) {
    const Json* value = Find(json, key);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    if (value == nullptr || !value->is_object()) return Bad(key);
    const std::string hex = Text(*value, "hex");
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      unsigned int byte = 0;
      const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
      if (error != std::errc() || end != hex.data() + i + 2) return Bad(key);
      bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
  }
  template <typename Integer>
  Integer Number(const Json& json, const char* key) {
    const Json* value = Find(json, key);
    if (value != nullptr && value->is_number_integer()) return value->get<Integer>();
    Bad(key);
    return 0;
  }
  const Json& List(const Json& json, const char* key) {
    static const Json none = Json::array();
    const Json* value = Find(json, key);
    if (value != nullptr && value->is_array()) return *value;
    Bad(key);
    return none;
  }
  const Json* Find(const Json& json, const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found == json.end() ? nullptr : &*found;
  }
  std::string Bad(const char* key) {
    if (bad_.empty()) bad_ = key;
    return "";
  }
  const std::string& bad() const { return bad_; }

 private:
  std::string bad_;
};

PathState StateFromJson(const Json& json, const char* key, Reader& reader) {
  PathState state;
  const Json* value = reader.Find(json, key);
  if (value == nullptr) reader.Bad(key);
  if (value == nullptr || value->is_null()) return state;
  const std::string type = reader.Text(*value, "type");
  state.kind = type == "file"        ? PathState::Kind::kFile
               : type == "directory" ? PathState::Kind::kDirectory
                                     : PathState::Kind::kOther;
  if (state.kind == PathState::Kind::kDirectory && value->contains("mode")) {
    state.stat.mode = reader.Number<std::uint32_t>(*value, "mode");
    state.stat.uid = reader.Number<std::uint32_t>(*value, "uid");
    state.stat.gid = reader.Number<std::uint32_t>(*value, "gid");
  }
  if (state.kind != PathState::Kind::kFile) return state;
  state.sha256 = reader.Text(*value, "sha256");
  state.stat.size = reader.Number<std::int64_t>(*value, "size");
  state.stat.mtime_ns = reader.Number<std::int64_t>(*value, "mtime_ns");
  state.stat.mode = reader.Number<std::uint32_t>(*value, "mode");
  state.stat.uid = reader.Number<std::uint32_t>(*value, "uid");
  state.stat.gid = reader.Number<std::uint32_t>(*value, "gid");
  state.stat.device = reader.Number<std::uint64_t>(*value, "device");
  state.stat.inode = reader.Number<std::uint64_t>(*value, "inode");
  state.stat.links = reader.Number<std::uint64_t>(*value, "links");
  return state;
}

Access AccessFromJson(const Json& json, const char* key, Reader& reader) {
  const Json* value = reader.Find(json, key);
  if (value == nullptr) reader.Bad(key);
  if (value == nullptr) return {};
  return {reader.Number<std::uint32_t>(*value, "mode"), reader.Number<std::uint32_t>(*value, "uid")};
}

PathChange ChangeFromJson(const Json& json, Reader& reader) {
  PathChange change;
  change.path = reader.Path(json, "path");
  if (const Json* access = reader.Find(json, "access")) {
    change.access = AccessChange{AccessFromJson(*access, "before", reader), AccessFromJson(*access, "after", reader)};
  }
  change.before = StateFromJson(json, "before", reader);
  change.after = StateFromJson(json, "after", reader);
  change.backup = reader.Text(json, "backup");
  if (change.backup.find('/') != std::string::npos) reader.Bad("backup");
  change.quarantine = reader.Path(json, "quarantine");
  change.reason = reader.Text(json, "reason");
  if (!IsPlainPath(change.path) && !(change.path == "." && change.only_access())) reader.Bad("path");
  return change;
}

JournalRoot RootFromJson(const Json& json, Reader& reader) {
  JournalRoot root;
  root.root.path = reader.Path(json, "root");
  const std::string kind = reader.Text(json, "kind");
  for (const RootKind known : {RootKind::kProgram, RootKind::kGuide, RootKind::kForeign, RootKind::kHome}) {
    if (RootKindText(known) == kind) root.root.kind = known;
  }
  root.root.app = reader.Text(json, "app");
  root.root.name = reader.Path(json, "name");
  root.root.owner = reader.Number<uid_t>(json, "owner");
  for (const Json& change : reader.List(json, "changes")) root.changes.push_back(ChangeFromJson(change, reader));
  return root;
}

Json StepJson(const Step& step) {
  Json json;
  if (const auto* write = std::get_if<WriteFile>(&step.change)) {
    json["do"] = step.before ? "replace" : "create";
    json["path"] = ToUtf8(write->path);
    json["size"] = write->bytes.size();
    json["sha256"] = Sha256Hex(write->bytes);
  } else if (const auto* quarantine = std::get_if<Quarantine>(&step.change)) {
    json["do"] = "quarantine";
    json["path"] = ToUtf8(quarantine->path);
    json["reason"] = ToUtf8(quarantine->reason);
  } else if (const auto* access = std::get_if<SetAccess>(&step.change)) {
    json["do"] = "set_access";
    json["path"] = ToUtf8(access->path);
    json["mode"] = access->mode;
    json["owner"] = access->owner ? Json(*access->owner) : Json(nullptr);
    if (step.before) json["before_mode"] = step.before->mode & 07777;
    if (step.before) json["before_owner"] = step.before->uid;
  } else {
    json["do"] = "make_directory";
    json["path"] = ToUtf8(PathOf(step.change));
  }
  if (!step.before) return json;
  json["before"] = Json{{"size", step.before->size},
                        {"mtime_ns", step.before->mtime_ns},
                        {"inode", step.before->inode},
                        {"sha256", step.before_sha256}};
  return json;
}

}  // namespace

nlohmann::ordered_json PlanToJson(const Plan& plan) {
  Json json{{"repair", plan.repair},
            {"root", ToUtf8(plan.root.path)},
            {"subject_id", ToUtf8(plan.subject_id)},
            {"codes", plan.codes},
            {"fingerprints", plan.fingerprints},
            {"steps", Json::array()},
            {"backup_bytes", BackupBytes(plan)},
            {"refusal", nullptr},
            {"text", ToUtf8(plan.note)}};
  for (const Step& step : plan.steps) json["steps"].push_back(StepJson(step));
  for (const std::string& text : plan.sentences) json["steps"].push_back(Json{{"do", "act"}, {"text", ToUtf8(text)}});
  if (plan.refusal) {
    json["refusal"] = plan.refusal->reason;
    json["text"] = ToUtf8(plan.refusal->text);
  }
  return json;
}

nlohmann::ordered_json ResultToJson(const RepairResult& result) {
  return Json{{"repair", result.repair},
              {"root", ToUtf8(result.root)},
              {"subject_id", ToUtf8(result.subject_id)},
              {"outcome", OutcomeText(result.outcome)},
              {"reason", result.reason},
              {"text", ToUtf8(result.text)},
              {"verified", result.verified}};
}

std::string ResultsToText(const std::vector<RepairResult>& results) {
  Json json = Json::array();
  for (const RepairResult& result : results) json.push_back(ResultToJson(result));
  return Dump(json);
}

std::string QuarantineToText(const JournalRoot& root, std::int64_t now_ms) {
  Json json{{"moved_from", PathJson(root.root.path)}, {"at", TimeText(now_ms)}, {"files", Json::array()}};
  for (const PathChange& change : root.changes) {
    if (change.quarantine.empty()) continue;
    json["files"].push_back(Json{{"path", PathJson(change.path)},
                                 {"reason", ToUtf8(change.reason)},
                                 {"sha256", change.before.sha256},
                                 {"size", change.before.stat.size},
                                 {"mtime_ns", change.before.stat.mtime_ns},
                                 {"mode", change.before.stat.mode & 07777},
                                 {"uid", change.before.stat.uid},
                                 {"gid", change.before.stat.gid}});
  }
  return Dump(json);
}

std::string ManifestToText(const Manifest& manifest, const std::vector<Plan>& plans) {
  Json json{{"what", kFormatName},
            {"format", kFormat},
            {"id", manifest.id},
            {"created", TimeText(manifest.created_ms)},
            {"created_ms", manifest.created_ms},
            {"roots", Json::array()},
            {"plans", Json::array()}};
  for (const JournalRoot& root : manifest.roots) json["roots"].push_back(RootJson(root));
  for (const Plan& plan : plans) json["plans"].push_back(PlanToJson(plan));
  return Dump(json);
}

absl::StatusOr<Manifest> ManifestFromText(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) return DataLoss("the manifest is not complete JSON");
  Reader reader;
  if (reader.Text(json, "what") != kFormatName) return DataLoss("the manifest is not one of this program");
  if (const int format = reader.Number<int>(json, "format"); format < kOldestFormat || format > kFormat) {
    return DataLoss("the manifest has format " + std::to_string(format) + "; use the version that wrote it");
  }
  Manifest manifest;
  manifest.id = reader.Text(json, "id");
  manifest.created_ms = reader.Number<std::int64_t>(json, "created_ms");
  for (const Json& root : reader.List(json, "roots")) manifest.roots.push_back(RootFromJson(root, reader));
  if (!reader.bad().empty()) return DataLoss("the manifest's field \"" + reader.bad() + "\" is missing or wrong");
  return manifest;
}

}  // namespace fleet::agent
