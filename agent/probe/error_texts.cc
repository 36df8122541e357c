#include "agent/probe/error_texts.h"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/json_tolerance.h"

namespace fleet::agent {

namespace {

// An error is small; what is larger holds a conversation's files.
constexpr std::int64_t kLargestDocument = std::int64_t{4} << 20;

struct Recent {
  const RootModel* root = nullptr;
  std::string path;     // relative to the root
  std::string session;  // whose
  std::int64_t mtime_ms = 0;
  bool is_record = false;
};

void AddConversation(const RootModel& root, const Directory& opened, const std::string& session,
                     const std::string& path, std::int64_t oldest_ms, std::vector<Recent>& recent) {
  const absl::StatusOr<Directory> folder = opened.Open(path);
  if (!folder.ok()) return;
  // What a listing that breaks off has given counts all the same.
  folder
      ->List([&](const std::string& name, EntryType type) {
        if (type != EntryType::kFile || !name.starts_with("msg_") || !name.ends_with(".json")) return;
        const absl::StatusOr<FileStat> stat = folder->Stat(name);
        if (!stat.ok() || stat->mtime_ms() < oldest_ms) return;
        recent.push_back({&root, path + "/" + name, session, stat->mtime_ms(), false});
      })
      .IgnoreError();
}

void AddMessages(const RootModel& root, const Directory& opened, std::int64_t oldest_ms, std::vector<Recent>& recent) {
  for (const auto& [session, conversation] : root.conversations) {
    if (conversation.last_mtime_ms < oldest_ms) continue;
    AddConversation(root, opened, session, conversation.path, oldest_ms, recent);
  }
}

void AddRecords(const RootModel& root, std::int64_t oldest_ms, std::vector<Recent>& recent) {
  for (const auto& [id, record] : root.records) {
    if (record.stat.mtime_ms() >= oldest_ms) recent.push_back({&root, record.path, id, record.stat.mtime_ms(), true});
  }
}

// The last that is there of some members of an object; a time in ms.
std::int64_t TimeOf(const simdjson::dom::element& object, std::initializer_list<const char*> members,
                    std::int64_t otherwise) {
  for (const char* member : members) {
    double value = 0;
    if (object.at_pointer(member).get(value) == simdjson::SUCCESS && value > 0 && value < 9e15) {
      return static_cast<std::int64_t>(value);
    }
  }
  return otherwise;
}

void Match(const Recent& document, std::int64_t oldest_ms, PaddedText& bytes, simdjson::dom::parser& parser,
           LogTally& tally) {
  const std::string_view text = bytes.view();
  // Most messages hold no error, and to see that needs no parsing.
  if (!document.is_record && text.find("\"error\"") == std::string_view::npos) return;
  NeutraliseWhatJavaScriptReads(bytes);
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(root) != simdjson::SUCCESS) return;
  std::string_view found;
  const char* where = document.is_record ? "/summary" : "/metadata/error/data/message";
  if (root.at_pointer(where).get(found) != simdjson::SUCCESS) return;
  // A restored or copied file is younger than what it tells of.
  const std::int64_t told =
      document.is_record ? TimeOf(root, {"/completedAt", "/startedAt", "/createdAt"}, document.mtime_ms)
                         : TimeOf(root, {"/metadata/time/completed", "/metadata/time/created"}, document.mtime_ms);
  const std::int64_t time_ms = std::min(told, document.mtime_ms);
  if (time_ms < oldest_ms) return;
  tally.MatchText(found, document.root->root.path + "/" + document.path, time_ms, document.session);
}

}  // namespace

void MatchErrorTexts(std::span<const RootModel> roots, std::int64_t oldest_ms, std::size_t most, LogTally& tally) {
  std::vector<Recent> recent;
  for (const RootModel& root : roots) {
    const absl::StatusOr<Directory> opened = Directory::OpenRoot(root.root.path);
    if (!opened.ok()) continue;
    AddMessages(root, *opened, oldest_ms, recent);
    AddRecords(root, oldest_ms, recent);
  }
  std::sort(recent.begin(), recent.end(), [](const Recent& a, const Recent& b) { return a.mtime_ms > b.mtime_ms; });
  recent.resize(std::min(recent.size(), most));
  PaddedText bytes;
  simdjson::dom::parser parser;
  for (const Recent& document : recent) {
    const absl::StatusOr<Directory> opened = Directory::OpenRoot(document.root->root.path);
    FileStat stat;
    if (!opened.ok() || !opened->Read(document.path, kLargestDocument, bytes, stat).ok()) continue;
    Match(document, oldest_ms, bytes, parser, tally);
  }
}

}  // namespace fleet::agent
