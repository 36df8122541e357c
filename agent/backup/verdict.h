#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/facts/backup_facts.h"

namespace fleet::agent {

// How closely a backup is looked at. Each reads the archive through to its end and compares its SHA-256.
enum class VerifyLevel : std::uint8_t {
  kQuick,     // members and check sums
  kStandard,  // also the documents in it, and the sums of sizes and files against the manifest
  kFull,      // also every single file against the manifest
  kDeep,      // also against what is on the disk now, where neither size nor time has changed since
};

// What verifying one backup said.
struct BackupVerdict {
  BackupState state = BackupState::kUnverified;
  std::vector<std::string> errors;    // why it is not good, the first few
  std::vector<std::string> warnings;  // what is odd about a good one
  std::string sha256;
  std::int64_t unpacked_bytes = 0;
  std::int64_t files = 0;      // of the whole state, also those that earlier archives hold
  std::int64_t documents = 0;  // readable ones in this archive
  std::int64_t made_ms = 0;    // as the manifest says; 0 when it does not
  bool has_manifest = false;
  std::set<std::string> root_keys;
  std::set<std::string> session_ids;
  std::map<std::string, std::string> needs;  // earlier archives beside it, by name, with their sums
  std::string collection;
  std::optional<std::int64_t> points;

  void Fail(BackupState why, std::string error) {
    if (state != BackupState::kCorrupt) state = why;
    if (errors.size() < 20) errors.push_back(std::move(error));
  }
};

}  // namespace fleet::agent
