#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <set>
#include <string>
#include <string_view>

#include "agent/backup/backup_name.h"
#include "agent/backup/manifest.h"
#include "agent/backup/tar_walk.h"
#include "agent/store/directory.h"

namespace fleet::agent {

// A backup of sessions from which files are taken: an archive of ours with all it needs, or what an older program left,
// an archive without a manifest or a copied folder, whose contents are then found out by reading it. Nothing is ever
// unpacked to where a member's name leads; what is handed out has the sum that was announced. One thread.
class OpenedBackup {
 public:
  // DataLoss when it, or an earlier archive that it needs, is damaged or missing.
  static absl::StatusOr<OpenedBackup> Open(const std::string& folder, const std::string& name, const BackupName& what,
                                           const TarLimits& limits = {});

  // What it holds; of one without a manifest only documents of sessions, under their member paths and without roots.
  const SessionManifest& manifest() const { return manifest_; }
  bool has_manifest() const { return has_manifest_; }
  std::string path() const { return folder_path_ + "/" + name_; }

  // Hands out the members asked for, in the order they are found. DataLoss when one is not there or has another sum;
  // the sink's own error otherwise, after which nothing more is handed out.
  using Sink = absl::FunctionRef<absl::Status(const std::string& member, std::string_view bytes)>;
  absl::Status Extract(const std::set<std::string>& members, Sink sink) const;

 private:
  OpenedBackup(Directory folder, std::string folder_path, std::string name, const TarLimits& limits)
      : folder_(std::move(folder)), folder_path_(std::move(folder_path)), name_(std::move(name)), limits_(limits) {}
  absl::Status Describe();
  absl::Status ExtractFrom(const std::string& archive, const std::set<std::string>& members, Sink sink) const;
  absl::Status ExtractFromFolder(const std::set<std::string>& members, Sink sink) const;

  Directory folder_;
  std::string folder_path_;
  std::string name_;
  TarLimits limits_;
  bool is_folder_ = false;
  bool has_manifest_ = false;
  SessionManifest manifest_;
};

}  // namespace fleet::agent
