#include <nlohmann/json.hpp>

#include "agent/backup/manifest.h"
#include "common/sha256.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

// Every text in it is made valid UTF-8 before.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json PathJson(const std::string& path) {
  if (InvalidUtf8At(path) == std::string::npos) return path;
  return Json{{"hex", HexText(path)}};
}

Json FileJson(const std::string& path, const SessionManifest::File& file) {
  Json json{{"path", PathJson(path)}, {"size", file.size},     {"mtime_ms", file.mtime_ms},
            {"mode", file.mode},      {"sha256", file.sha256}, {"state", file.damaged ? "damaged" : "good"}};
  if (!file.archive.empty()) json["archive"] = file.archive;
  if (file.gone) json["gone"] = true;
  return json;
}

// All members but the files, which may be a million.
Json Head(const SessionManifest& manifest) {
  Json json{{"format_version", 1},
            {"created_ms", manifest.created_ms},
            {"host", ToUtf8(manifest.host)},
            {"user", ToUtf8(manifest.user)},
            {"dgmo_version", ToUtf8(manifest.dgmo_version)},
            {"roots", Json::array()},
            {"counts", manifest.counts},
            {"relations", nullptr},
            {"unreadable", Json::array()},
            {"previous", manifest.previous.empty() ? Json() : Json(manifest.previous)},
            {"needs", manifest.needs},
            {"archive_sha256", manifest.archive_sha256}};
  for (const SessionManifest::Root& root : manifest.roots) {
    json["roots"].push_back({{"kind", root.kind}, {"path", PathJson(root.path)}, {"key", PathJson(root.key)}});
  }
  if (manifest.findings) json["relations"] = {{"findings", *manifest.findings}};
  for (const std::string& path : manifest.unreadable) json["unreadable"].push_back(PathJson(path));
  return json;
}

}  // namespace

std::string SealedManifest(std::string object) {
  object.resize(object.rfind('}'));
  const std::string sum = Sha256Hex(object);
  return std::move(object) + ",\"manifest_sha256\":\"" + sum + "\"}\n";
}

std::string SessionManifestText(const SessionManifest& manifest) {
  std::string text = Dump(Head(manifest));
  text.back() = ',';  // goes on with the files
  text += "\"files\":[";
  const char* between = "\n";
  for (const auto& [path, file] : manifest.files) {
    text += between + Dump(FileJson(path, file));
    between = ",\n";
  }
  return SealedManifest(std::move(text) + "\n]}");
}

}  // namespace fleet::agent
