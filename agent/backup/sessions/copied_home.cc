#include "agent/backup/sessions/copied_home.h"

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "agent/backup/member_place.h"
#include "agent/checks/check.h"

namespace fleet::agent {

namespace {

std::string UserName(uid_t uid) {
  const passwd* entry = getpwuid(uid);
  return entry == nullptr ? std::to_string(uid) : entry->pw_name;
}

// The version that made most of the sessions.
std::string CommonestVersion(const HomeModel& home) {
  std::map<std::string, int> counts;
  for (const RootModel& root : home.roots) {
    for (const auto& [id, session] : root.sessions) ++counts[session.document.version];
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

}  // namespace

CopiedHome::CopiedHome(const Home& home) { model_.home = home; }

void CopiedHome::Begin(const BackupSource& source, const SourceListing& listing) {
  is_root_ = source.kind != "config";
  if (!is_root_) return;
  RootModel root;
  root.root = source.root;
  root.directories = listing.directories;
  model_.roots.push_back(std::move(root));
}

void CopiedHome::Add(const SourceFile& file, const FileStat& stat, const PaddedText& bytes) {
  if (is_root_ && file.cls != DocumentClass::kNone) Ingest(model_.roots.back(), file.path, stat, bytes, parser_);
}

void CopiedHome::Forget(const std::string& path) {
  if (is_root_) agent::Forget(model_.roots.back(), path);
}

void CopiedHome::Describe(SessionManifest& manifest) const {
  utsname system{};
  uname(&system);
  manifest.host = system.nodename;
  manifest.user = UserName(model_.home.path.empty() ? geteuid() : model_.home.owner);
  manifest.dgmo_version = CommonestVersion(model_);
  const std::set<std::string> keys = manifest.root_keys();
  for (const auto& [path, file] : manifest.files) {
    ++manifest.counts[std::string(DocumentClassText(PlaceOfMember(path, keys).cls))];
  }
  std::map<std::string, std::int64_t> findings;
  for (const Finding& finding : CheckHome(model_, manifest.created_ms)) {
    // What a copy cannot have says nothing about it: only relations between documents, and damage to them, count.
    const bool of_documents = finding.component == "sessions" || finding.component == "sub-sessions";
    if (!finding.root_kind.empty() && of_documents) ++findings[finding.code];
  }
  manifest.findings = std::move(findings);
}

}  // namespace fleet::agent
