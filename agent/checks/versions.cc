#include <algorithm>

#include "agent/checks/program_versions.h"
#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

using Answer = InstalledProgram::Answer;

const InstalledProgram* FindProgram(const ConfigFacts& facts, const std::string& name) {
  const auto found = facts.programs.find(name);
  return found == facts.programs.end() ? nullptr : &found->second;
}

bool HoldsData(const RootModel& root) { return !root.sessions.empty() || !root.conversations.empty(); }

bool AnyData(const HomeModel& home, std::string_view app) {
  return std::any_of(home.roots.begin(), home.roots.end(), [&](const RootModel& root) {
    return HoldsData(root) && root.root.kind == RootKind::kProgram && root.root.app == app;
  });
}

bool AnyGuideData(const HomeModel& home) {
  return std::any_of(home.roots.begin(), home.roots.end(),
                     [](const RootModel& root) { return HoldsData(root) && root.root.kind == RootKind::kGuide; });
}

// Data below dgmo's former name, and the guide's, is read by a program of that name too; data below its present one by
// no other.
void CheckInstalled(const HomeView& home, std::vector<Finding>& findings) {
  const ConfigFacts& facts = *home.model.config;
  const InstalledProgram* dgmo = FindProgram(facts, "dgmo");
  const InstalledProgram* opencode = FindProgram(facts, "opencode");
  if (dgmo == nullptr || opencode == nullptr || facts.dgmo_running) return;
  const bool present_name = AnyData(home.model, "dgmo");
  if (!present_name && !AnyData(home.model, "opencode") && !AnyGuideData(home.model)) return;
  if (!dgmo->path.empty() || !dgmo->looked_everywhere) return;
  if (!present_name && (!opencode->path.empty() || !opencode->looked_everywhere)) return;
  std::vector<std::string> paths;
  for (const char* folder : {"/.dgmo/bin", "/.opencode/bin", "/.local/bin", "/.bun/bin"}) {
    paths.push_back(home.model.home.path + folder + "/dgmo");
  }
  Finding finding = DraftFinding("DGMO_NOT_INSTALLED", "", home.model.home.path, "dgmo", paths);
  finding.evidence["roots"] =
      static_cast<std::int64_t>(std::count_if(home.model.roots.begin(), home.model.roots.end(), HoldsData));
  if (!opencode->path.empty()) finding.evidence["opencode"] = opencode->path;
  findings.push_back(std::move(finding));
}

Finding DraftMismatch(const HomeView& home, const std::string& subject, const std::string& path) {
  return DraftFinding("VERSION_MISMATCH", "", home.model.home.path, subject, {path});
}

void CheckPolicy(const HomeView& home, const std::string& name, const std::string& wanted,
                 std::vector<Finding>& findings) {
  const InstalledProgram* program = FindProgram(*home.model.config, name);
  if (program == nullptr || wanted.empty() || program->answer != Answer::kVersion) return;
  if (IsWanted(program->version, wanted)) return;
  Finding finding = DraftMismatch(home, name, program->path);
  finding.evidence["installed"] = program->version;
  finding.evidence["wanted"] = wanted;
  findings.push_back(std::move(finding));
}

void CheckStarts(const HomeView& home, const std::string& name, std::vector<Finding>& findings) {
  const InstalledProgram* program = FindProgram(*home.model.config, name);
  if (program == nullptr || program->answer != Answer::kFailed) return;
  Finding finding = DraftMismatch(home, name, program->path);
  finding.severity = Severity::kP2;
  finding.evidence["start"] = program->failure;
  findings.push_back(std::move(finding));
}

// Sessions that a newer program of that name has written than the one that is to read them.
void CheckSessions(const HomeView& home, const std::string& app, std::vector<Finding>& findings) {
  const InstalledProgram* program = FindProgram(*home.model.config, app);
  if (program == nullptr || program->answer != Answer::kVersion) return;
  const std::optional<VersionNumbers> installed = VersionIn(program->version);
  if (!installed) return;
  std::int64_t newer = 0;
  const SessionInfo* newest = nullptr;
  std::string newest_path;
  VersionNumbers highest = *installed;
  for (const RootModel& root : home.model.roots) {
    if (root.root.kind != RootKind::kProgram || root.root.app != app) continue;
    for (const auto& [id, info] : root.sessions) {
      const std::optional<VersionNumbers> version = VersionIn(info.document.version);
      if (!version || *version <= *installed) continue;
      ++newer;
      if (*version <= highest) continue;
      highest = *version;
      newest = &info;
      newest_path = root.root.path + "/" + info.path;
    }
  }
  if (newest == nullptr) return;
  Finding finding = DraftMismatch(home, app + " sessions", program->path);
  finding.paths.push_back(newest_path);
  finding.evidence["installed"] = program->version;
  finding.evidence["session_version"] = newest->document.version.substr(0, 64);
  finding.evidence["sessions"] = newer;
  findings.push_back(std::move(finding));
}

}  // namespace

void CheckVersions(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.config) return;
  CheckInstalled(home, findings);
  CheckPolicy(home, "dgmo", home.settings.dgmo_version, findings);
  CheckPolicy(home, "bun", home.settings.bun_version, findings);
  CheckStarts(home, "dgmo", findings);
  for (const char* app : {"dgmo", "opencode"}) CheckSessions(home, app, findings);
}

}  // namespace fleet::agent
