// What lies beside and in a backup, of any bytes: manifests, names, paths of members and archives never crash the
// reader, and what is taken for good is what it says it is.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/backup/backup_name.h"
#include "agent/backup/manifest.h"
#include "agent/backup/member_place.h"
#include "agent/backup/root_key.h"
#include "agent/backup/session_archive.h"
#include "agent/backup/snapshot.h"

using namespace fleet::agent;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckArchives(std::string_view bytes) {
  static const int file = memfd_create("archive", MFD_CLOEXEC);
  Require(ftruncate(file, 0) == 0 && pwrite(file, bytes.data(), bytes.size(), 0) >= 0);
  const TarLimits limits{.bytes = 1 << 22, .ratio = 200, .members = 100};
  lseek(file, 0, SEEK_SET);
  const BackupVerdict archive = VerifySessionArchive(file, std::nullopt, VerifyLevel::kFull, limits);
  Require(archive.state != BackupState::kGood || archive.documents > 0);
  Require(archive.state == BackupState::kGood || !archive.errors.empty());
  lseek(file, 0, SEEK_SET);
  const BackupVerdict snapshot = VerifySnapshot(file, std::nullopt, "", limits);
  Require(snapshot.state == BackupState::kGood || !snapshot.errors.empty());
}

void CheckManifest(const std::string& text) {
  const auto manifest = ParseSessionManifest(text);
  if (!manifest.ok()) return;
  Require(manifest->archive_sha256.size() == 64);
  for (const auto& [path, file] : manifest->files) {
    Require(!path.empty() && file.size >= 0);
    Require(file.archive.empty() || manifest->needs.count(file.archive) == 1);
  }
  for (const auto& [name, sha256] : manifest->needs)
    Require(name.find('/') == std::string::npos && sha256.size() == 64);
  for (const SessionManifest::Root& root : manifest->roots) {
    RootKind kind = RootKind::kForeign;
    if (IsRootKey(root.key, kind)) Require(root.key.find("..") != 0);
  }
  const std::string written = SessionManifestText(*manifest);
  const auto again = ParseSessionManifest(written);
  Require(again.ok() && SessionManifestText(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)ParseSessionManifest(text);
  // What carries its own sum gets further, and what is understood is understood again.
  if (text.find('}') != std::string_view::npos) CheckManifest(SealedManifest(std::string(text)));
  if (const auto manifest = ParseSnapshotManifest(text); manifest.ok()) Require(!manifest->collection.empty());
  const std::string hash = ParseChecksumFile(text);
  Require(hash.empty() || hash.size() == 64);
  if (const auto name = ParseBackupName(text, false)) Require(!ManifestNameOf(*name, text).empty());
  ParseBackupName(text, true);
  // Paths as the archive reader gives them: no empty components.
  if (!text.empty() && text.front() != '/' && text.back() != '/' && text.find("//") == std::string_view::npos) {
    const MemberPlace place = PlaceOfMember(text, {"dgmo/project/p"});
    Require(place.root_key.size() < text.size());
  }
  CheckArchives(text);
  return 0;
}
