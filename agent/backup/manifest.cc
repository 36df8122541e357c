#include "agent/backup/manifest.h"

#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kFormat = 1;

using Element = simdjson::dom::element;

bool IsHash(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<std::int64_t> Number(const Element& object, std::string_view key) {
  std::int64_t number = 0;
  if (object[key].get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::string Text(const Element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// The object that a manifest is. `parser` owns it.
absl::StatusOr<Element> Object(simdjson::dom::parser& parser, std::string_view text) {
  Element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS || !root.is_object()) {
    return DataLoss("the manifest is no readable JSON object");
  }
  return root;
}

// A path: a text, or any bytes as hex digits. Empty when it is neither.
std::string Path(const Element& value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  const std::string hex = Text(value, "hex");
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    unsigned int byte = 0;
    const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    if (error != std::errc() || end != hex.data() + at + 2) return "";
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

std::string PathAt(const Element& object, std::string_view key) {
  Element value;
  return object[key].get(value) == simdjson::SUCCESS ? Path(value) : "";
}

// The name of a file beside the manifest and nothing that leads elsewhere.
bool IsFileName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// What the manifest ends in after the bytes that the sum is of: ,"manifest_sha256":"<64 digits>"} and a line end.
absl::Status CheckSeal(std::string_view text) {
  constexpr std::string_view kBegin = ",\"manifest_sha256\":\"";
  constexpr std::string_view kEnd = "\"}\n";
  constexpr std::size_t kSize = kBegin.size() + 64 + kEnd.size();
  const std::string_view seal = text.size() < kSize ? "" : text.substr(text.size() - kSize);
  if (seal.substr(0, kBegin.size()) != kBegin || seal.substr(seal.size() - kEnd.size()) != kEnd) {
    return DataLoss("the manifest does not end in its own SHA-256");
  }
  if (Sha256Hex(text.substr(0, text.size() - kSize)) != seal.substr(kBegin.size(), 64)) {
    return DataLoss("the manifest was changed: its SHA-256 is another");
  }
  return absl::OkStatus();
}

absl::Status ReadRoots(const Element& root, SessionManifest& manifest) {
  simdjson::dom::array roots;
  if (root["roots"].get(roots) != simdjson::SUCCESS) return DataLoss("the manifest lacks \"roots\"");
  for (const Element each : roots) {
    SessionManifest::Root described{
        .kind = Text(each, "kind"), .path = PathAt(each, "path"), .key = PathAt(each, "key")};
    if (described.key.empty()) return DataLoss("the manifest names a root without a key");
    manifest.roots.push_back(std::move(described));
  }
  return absl::OkStatus();
}

absl::Status ReadNeeds(const Element& root, SessionManifest& manifest) {
  simdjson::dom::object needs;
  if (root["needs"].get(needs) != simdjson::SUCCESS) return absl::OkStatus();
  for (const auto& [name, value] : needs) {
    std::string_view sum;
    if (!IsFileName(name) || value.get(sum) != simdjson::SUCCESS || !IsHash(sum)) {
      return DataLoss("the manifest names an archive it needs badly");
    }
    manifest.needs.emplace(name, sum);
  }
  return absl::OkStatus();
}

absl::Status ReadFile(const Element& each, SessionManifest& manifest) {
  std::string path = PathAt(each, "path");
  const std::string state = Text(each, "state");
  SessionManifest::File file{.size = Number(each, "size").value_or(-1),
                             .mtime_ms = Number(each, "mtime_ms").value_or(0),
                             .mode = static_cast<std::uint32_t>(Number(each, "mode").value_or(0600)),
                             .sha256 = Text(each, "sha256"),
                             .damaged = state == "damaged",
                             .gone = each["gone"].error() == simdjson::SUCCESS,
                             .archive = Text(each, "archive")};
  if (path.empty() || file.size < 0 || !IsHash(file.sha256) || (state != "good" && state != "damaged")) {
    return DataLoss("the manifest describes a file badly: " + (path.empty() ? "without path" : ToUtf8(path)));
  }
  if (!file.archive.empty() && !manifest.needs.contains(file.archive)) {
    return DataLoss("the manifest does not say which archive holds " + ToUtf8(path));
  }
  const auto [known, is_new] = manifest.files.emplace(std::move(path), std::move(file));
  if (!is_new) return DataLoss("the manifest names a file twice: " + ToUtf8(known->first));
  return absl::OkStatus();
}

absl::Status ReadFiles(const Element& root, SessionManifest& manifest) {
  simdjson::dom::array files;
  if (root["files"].get(files) != simdjson::SUCCESS) return DataLoss("the manifest lacks \"files\"");
  for (const Element each : files) RETURN_IF_ERROR(ReadFile(each, manifest));
  return absl::OkStatus();
}

std::map<std::string, std::int64_t> Counts(const Element& object, std::string_view key) {
  std::map<std::string, std::int64_t> counts;
  simdjson::dom::object members;
  if (object[key].get(members) != simdjson::SUCCESS) return counts;
  for (const auto& [name, value] : members) {
    std::int64_t count = 0;
    if (value.get(count) == simdjson::SUCCESS) counts.emplace(name, count);
  }
  return counts;
}

// What is told for its own sake: nothing is read out of it.
void ReadStory(const Element& root, SessionManifest& manifest) {
  manifest.host = Text(root, "host");
  manifest.user = Text(root, "user");
  manifest.dgmo_version = Text(root, "dgmo_version");
  manifest.previous = Text(root, "previous");
  manifest.counts = Counts(root, "counts");
  Element relations;
  if (root["relations"].get(relations) == simdjson::SUCCESS && relations.is_object()) {
    manifest.findings = Counts(relations, "findings");
  }
  simdjson::dom::array unreadable;
  if (root["unreadable"].get(unreadable) != simdjson::SUCCESS) return;
  for (const Element each : unreadable) manifest.unreadable.push_back(Path(each));
}

}  // namespace

absl::StatusOr<SessionManifest> ParseSessionManifest(std::string_view text) {
  simdjson::dom::parser parser;
  ASSIGN_OR_RETURN(const Element root, Object(parser, text));
  const std::optional<std::int64_t> format = Number(root, "format_version");
  if (!format) return DataLoss("the manifest lacks \"format_version\"");
  if (*format != kFormat) return DataLoss("the manifest has the unknown format " + std::to_string(*format));
  RETURN_IF_ERROR(CheckSeal(text));
  SessionManifest manifest;
  manifest.created_ms = Number(root, "created_ms").value_or(0);
  manifest.archive_sha256 = Text(root, "archive_sha256");
  if (!IsHash(manifest.archive_sha256)) return DataLoss("the manifest lacks the archive's SHA-256");
  RETURN_IF_ERROR(ReadRoots(root, manifest));
  RETURN_IF_ERROR(ReadNeeds(root, manifest));
  RETURN_IF_ERROR(ReadFiles(root, manifest));
  ReadStory(root, manifest);
  return manifest;
}

std::set<std::string> SessionManifest::root_keys() const {
  std::set<std::string> keys;
  for (const Root& root : roots) keys.insert(root.key);
  return keys;
}

absl::StatusOr<SnapshotManifest> ParseSnapshotManifest(std::string_view text) {
  simdjson::dom::parser parser;
  ASSIGN_OR_RETURN(const Element root, Object(parser, text));
  SnapshotManifest manifest;
  manifest.collection = Text(root, "collection");
  manifest.exact_count = Number(root, "exact_count");
  manifest.size = Number(root, "size");
  manifest.sha256 = Text(root, "sha256");
  manifest.created_ms = Number(root, "created_ms").value_or(0);
  if (manifest.collection.empty()) return DataLoss("the manifest names no collection");
  if (!IsHash(manifest.sha256)) return DataLoss("the manifest lacks the snapshot's SHA-256");
  if (manifest.exact_count.value_or(0) < 0) return DataLoss("the manifest counts less than no points");
  return manifest;
}

std::string ParseChecksumFile(std::string_view text) {
  std::string hash(text.substr(0, 64));
  std::transform(hash.begin(), hash.end(), hash.begin(), [](unsigned char c) { return std::tolower(c); });
  return IsHash(hash) ? hash : "";
}

}  // namespace fleet::agent
