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
  if (!is_root_) return;
  RootModel& root = model_.roots.back();
  agent::Forget(root, path);
  // A copy has no folder without a file.
  const Place place = LayoutOf(root.root.kind).place(path, false);
  if (place.cls == DocumentClass::kMessage && !root.HasMessages(place.session)) root.conversations.erase(place.session);
}

std::vector<SourceFile> CopiedHome::Lacking() const {
  std::vector<SourceFile> lacking;
  if (!is_root_) return lacking;
  const RootModel& root = model_.roots.back();
  const Layout& layout = LayoutOf(root.root.kind);
  const auto add = [&](DocumentClass cls, const std::string& id) {
    const std::string path = layout.path_of(cls, id, "");
    const Place place = layout.place(path, false);  // an id may be anything
    if (!path.empty() && place.cls == cls && place.subject == id) lacking.push_back({path, cls, {}});
  };
  std::set<std::string> sessions;
  for (const auto& [parent, index] : root.indexes) {
    sessions.insert(parent);
    for (const IndexDocument::Entry& entry : index.document.entries) {
      if (!entry.is_text) continue;
      sessions.insert(entry.text);
      if (!root.HasRecordFile(entry.text)) add(DocumentClass::kSubsession, entry.text);
    }
  }
  for (const auto& [id, record] : root.records) sessions.insert(id);
  for (const auto& [id, conversation] : root.conversations) sessions.insert(id);
  for (const std::string& id : sessions) {
    if (!root.HasInfoFile(id)) add(DocumentClass::kSession, id);
  }
  return lacking;
}

std::map<std::string, std::string> CopiedHome::ConversationsWithoutInfo() const {
  std::map<std::string, std::string> folders;
  if (!is_root_) return folders;
  const RootModel& root = model_.roots.back();
  for (const auto& [id, conversation] : root.conversations) {
    if (root.HasInfoFile(id)) continue;
    folders.emplace(LayoutOf(root.root.kind).path_of(DocumentClass::kSession, id, ""), conversation.path);
  }
  return folders;
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
