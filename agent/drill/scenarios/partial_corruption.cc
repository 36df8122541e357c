#include <algorithm>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct BadFile {
  const char* how;
  const char* code;
  std::string (*spoil)(const std::string& text);
};
constexpr BadFile kBadFiles[] = {
    {"a missing brace", "SESSION_JSON_TRUNCATED",
     [](const std::string& text) { return text.substr(0, text.size() - 1); }},
    {"plain text", "SESSION_JSON_INVALID", [](const std::string&) { return std::string("not a session at all"); }},
    {"nothing", "SESSION_JSON_EMPTY", [](const std::string&) { return std::string(); }},
    {"zero bytes", "SESSION_JSON_NUL", [](const std::string& text) { return std::string(text.size(), '\0'); }},
    {"Latin-1", "SESSION_ENCODING_INVALID",
     [](const std::string& text) {
       std::string latin = text;
       return latin.replace(latin.find("Session"), 1, "\xDF");
     }},
    {"half of it", "SESSION_JSON_TRUNCATED", [](const std::string& text) { return text.substr(0, text.size() / 2); }},
};
constexpr int kGood = 5;
constexpr double kEnough = 0.95;

bool IsFound(const std::vector<Finding>& findings, const std::string& path, const char* code) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.code == code && finding.path == path; });
}

}  // namespace

// D5: some files of a store are damaged, each in another way.
absl::StatusOr<DrillResult> DrillPartialCorruption(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  for (int i = 0; i < kGood; ++i) store.AddSession("Untouched");
  std::vector<std::string> spoilt;
  for (std::size_t i = 0; i < std::size(kBadFiles); ++i) spoilt.push_back(store.AddSession("Session to be spoilt"));
  const Files before = FilesBelow(store.root());
  ASSIGN_OR_RETURN(const BackupRun backup, sandbox.BackUp());
  for (std::size_t i = 0; i < spoilt.size(); ++i) {
    const std::string path = SandboxStore::InfoPath(spoilt[i]);
    store.Write(path, kBadFiles[i].spoil(store.Read(path)));
  }
  const Files damaged = FilesBelow(store.root());

  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
  for (std::size_t i = 0; i < spoilt.size(); ++i) {
    const std::string path = store.root() + "/" + SandboxStore::InfoPath(spoilt[i]);
    if (IsFound(findings, path, kBadFiles[i].code)) continue;
    return DrillResult::Failed(std::string(kBadFiles[i].how) + " was not found as " + kBadFiles[i].code + " but as " +
                               CodesOf(findings));
  }
  RETURN_IF_ERROR(sandbox.Repair().status());
  RETURN_IF_ERROR(sandbox.Restore().status());
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = std::max<std::int64_t>(0, sandbox.now_ms() - backup.manifest.created_ms);
  const Files after = FilesBelow(store.root());
  result.integrity = ShareKept(before, after);
  for (const auto& [path, bytes] : before) {
    const bool was_good = damaged.at(path) == bytes;
    if (was_good && (!after.contains(path) || after.at(path) != bytes)) {
      return DrillResult::Failed(path + " was good and has been changed");
    }
  }
  if (*result.integrity < kEnough) return DrillResult::Failed("too little was recovered");
  result.text = std::to_string(std::size(kBadFiles)) + " damaged files found, each as what it is, and recovered";
  return result;
}

}  // namespace fleet::agent
