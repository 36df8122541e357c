#include <map>

#include "agent/checks/config_files_view.h"
#include "agent/checks/rules.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kFreshMs = 10'000;
constexpr std::size_t kMostViolations = 8;
constexpr std::size_t kMostPointer = 200;

Finding DraftFor(const HomeView& home, std::string_view code, const ConfigFile& file) {
  Finding finding = DraftFinding(code, "", home.model.home.path, "config", {file.path}, file.path);
  AddStat(finding, file.stat);
  return finding;
}

void CheckSchema(const HomeView& home, const ConfigFile& file, std::vector<Finding>& findings) {
  const std::vector<SchemaViolation>& violations = file.document.violations;
  if (violations.empty()) return;
  Finding finding = DraftFor(home, "CONFIG_SCHEMA_INVALID", file);
  finding.evidence["violations"] = static_cast<std::int64_t>(violations.size());
  if (file.legacy)
    finding.evidence["note"] = "dgmo makes config.json of it at its next start, and fails at the one after";
  for (std::size_t i = 0; i < violations.size() && i < kMostViolations; ++i) {
    const std::string number = i == 0 ? "" : "_" + std::to_string(i + 1);
    finding.evidence["pointer" + number] = ToUtf8(violations[i].pointer.substr(0, kMostPointer));
    finding.evidence["expected" + number] = violations[i].expected;
  }
  findings.push_back(std::move(finding));
}

void CheckComments(const HomeView& home, const ConfigFile& file, std::vector<Finding>& findings) {
  if (!file.document.comments) return;
  Finding finding = DraftFor(home, "CONFIG_JSONC_COMMENTS", file);
  finding.evidence["offset"] = *file.document.comments;
  findings.push_back(std::move(finding));
}

// Projects that only have files of the name that dgmo no longer reads.
void CheckNames(const HomeView& home, std::vector<Finding>& findings) {
  struct Files {
    const ConfigFile* former = nullptr;
    std::vector<std::string> paths;
    bool present = false;
  };
  std::map<std::string, Files> projects;
  for (const ConfigFile& file : home.model.config->files) {
    if (file.project.empty()) continue;
    Files& files = projects[file.project];
    if (file.app == "dgmo") files.present = true;
    if (file.app == "opencode") {
      files.paths.push_back(file.path);
      // A file in the directory itself has the last word.
      files.former = &file;
    }
  }
  for (const auto& [project, files] : projects) {
    if (files.present || files.former == nullptr) continue;
    Finding finding = DraftFor(home, "CONFIG_LEGACY_FILENAME", *files.former);
    finding.paths = files.paths;
    finding.path = finding.paths.front();
    finding.fingerprint = Fingerprint(finding.code, finding.root, project);
    const bool valid = !files.former->document.fault && files.former->document.violations.empty();
    finding.evidence["project"] = ToUtf8(project);
    finding.evidence["valid"] = valid ? 1 : 0;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

bool IsLoaded(const HomeModel& home, const ConfigFile& file) {
  if (file.app == "dgmo") return true;
  return home.config && !home.config->dgmo_used && home.foreign.empty();
}

bool IsBeingWritten(const HomeView& home, const FileStat& stat) {
  return home.model.config && home.model.config->dgmo_running && std::llabs(home.now_ms - stat.mtime_ms()) < kFreshMs;
}

void CheckConfigContent(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.config) return;
  for (const ConfigFile& file : home.model.config->files) {
    if (!IsLoaded(home.model, file) || IsBeingWritten(home, file.stat)) continue;
    CheckSchema(home, file, findings);
    CheckComments(home, file, findings);
  }
  if (home.model.config->dgmo_used) CheckNames(home, findings);
}

}  // namespace fleet::agent
