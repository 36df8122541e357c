#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The manifest beside a session archive (catalogue: "Format"):
//   {"format_version": 1, "created_ms": n, "host": s, "user": s, "dgmo_version": s,
//    "roots": [{"kind": "U"|"G"|"config", "path": s, "key": s}],
//    "files": [{"path": s, "size": n, "mtime_ms": n, "mode": n, "sha256": s, "state": "good"|"damaged",
//               "archive": s, "gone": true}],
//    "counts": {class: n}, "relations": {"findings": {code: n}} or null, "unreadable": [s], "previous": s or null,
//    "needs": {archive: sha256}, "archive_sha256": s, "manifest_sha256": s}
// It describes the whole state that was backed up. An archive holds only what no earlier one holds with the same bytes:
// "archive" names the file beside it that has them (absent: this one), "needs" each such file with its sum. So nothing
// has to be guessed, and an archive is whole only together with all it needs. A path that is no text is {"hex": s}.
// "manifest_sha256", always last, is the sum of all bytes before it: no byte of a manifest can change unnoticed.
struct SessionManifest {
  struct Root {
    std::string kind;
    std::string path;
    std::string key;  // what its members' paths begin with
  };
  struct File {
    std::int64_t size = 0;
    std::int64_t mtime_ms = 0;
    std::uint32_t mode = 0;
    std::string sha256 = {};
    bool damaged = false;      // it was when it was backed up
    bool gone = false;         // it was deleted while the backup was made
    std::string archive = {};  // the earlier one that holds it; empty: this one
  };
  std::int64_t created_ms = 0;
  std::string host;
  std::string user;
  std::string dgmo_version;
  std::vector<Root> roots;
  std::map<std::string, File> files;  // by member path
  std::map<std::string, std::int64_t> counts;
  std::optional<std::map<std::string, std::int64_t>> findings;  // that the rules have about the copy, by code
  std::vector<std::string> unreadable;                          // member paths of what could not be read
  std::string previous;                                         // name of the archive before; empty: none
  std::map<std::string, std::string> needs;                     // sums of earlier archives, by name
  std::string archive_sha256;

  std::set<std::string> root_keys() const;
};

// The manifest beside a Qdrant snapshot (catalogue: "Naming and retention"):
//   {"collection": s, "server_version": s, "vectors": any, "exact_count": n, "size": n, "sha256": s,
//    "created_ms": n, "source_host": s}
struct SnapshotManifest {
  std::string collection;
  std::optional<std::int64_t> exact_count;
  std::optional<std::int64_t> size;
  std::string sha256;
  std::int64_t created_ms = 0;
};

// Larger manifests are neither written nor read.
inline constexpr std::int64_t kMostManifestBytes = std::int64_t{512} << 20;

// DataLoss says what is wrong with it. Pure.
absl::StatusOr<SessionManifest> ParseSessionManifest(std::string_view text);
absl::StatusOr<SnapshotManifest> ParseSnapshotManifest(std::string_view text);

// As it is written, sealed. Pure.
std::string SessionManifestText(const SessionManifest& manifest);

// A JSON object with its own sum as last member, as ParseSessionManifest wants it.
std::string SealedManifest(std::string object);

// The 64 hex digits that a checksum file beside a snapshot begins with; empty when it does not.
std::string ParseChecksumFile(std::string_view text);

}  // namespace fleet::agent
