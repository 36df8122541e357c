#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "agent/probe/config_files.h"
#include "agent/probe/liveness.h"
#include "agent/probe/probes.h"
#include "agent/probe/program_version.h"
#include "agent/probe/programs.h"
#include "agent/probe/tui_state.h"

namespace fleet::agent {

namespace {

bool IsDirectory(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

// dgmo makes its folders at every start.
bool IsDgmoUsed(const HomeModel& home, const ConfigFacts& facts) {
  for (const RootModel& root : home.roots) {
    if (root.root.app == "dgmo") return true;
  }
  return IsDirectory(home.home.config_home + "/dgmo") || !facts.programs.at("dgmo").path.empty();
}

// Whether anything depends on the version of a program: none is started for nothing.
bool IsVersionWanted(const std::string& name, const CheckSettings& settings, const HomeModel& home) {
  if (name == "bun") return !settings.bun_version.empty();
  return name == "dgmo" || std::any_of(home.roots.begin(), home.roots.end(), [&](const RootModel& root) {
           return root.root.kind == RootKind::kProgram && root.root.app == name;
         });
}

void AddPrograms(const CheckSettings& settings, HomeModel& home, ConfigFacts& facts) {
  for (const std::string name : {"dgmo", "opencode", "bun"}) {
    const FoundProgram found = FindProgram(home.home, name);
    InstalledProgram program;
    program.path = found.path;
    if (!found.path.empty() && IsVersionWanted(name, settings, home)) {
      program = KnownVersion(found.path, home.home);
      const bool unknown =
          program.answer == InstalledProgram::Answer::kNotAsked || program.answer == InstalledProgram::Answer::kNone;
      if (unknown) home.unknown.push_back(found.path);
    }
    program.looked_everywhere = found.looked_everywhere;
    facts.programs[name] = std::move(program);
  }
}

// Only the files of the name that dgmo goes by here are merged; the others are read all the same. Where today's
// original opencode is at home and dgmo is not, its files are not dgmo's.
void AddFiles(HomeModel& home, ConfigFacts& facts) {
  const std::vector<Project> projects = ProjectsOf(home);
  for (const std::string app : {"dgmo", "opencode"}) {
    ConfigReading reading;
    ReadGlobalConfig(app, home, reading);
    for (const Project& project : projects) ReadProjectConfig(app, project, home, reading);
    const bool loaded = app == "dgmo" ? facts.dgmo_used : !facts.dgmo_used && home.foreign.empty();
    if (loaded) facts.mcp_entries = McpEntriesOf(reading.layers);
    std::move(reading.files.begin(), reading.files.end(), std::back_inserter(facts.files));
  }
  for (const Project& project : projects) facts.projects.push_back(project.root);
}

}  // namespace

void ProbeConfig(const CheckSettings& settings, HomeModel& home) {
  ConfigFacts facts;
  AddPrograms(settings, home, facts);
  facts.dgmo_running = !DirectoriesOfDgmo(home.home).empty();
  facts.dgmo_used = IsDgmoUsed(home, facts);
  AddFiles(home, facts);
  for (const std::string app : {"dgmo", "opencode"}) {
    if (const auto state = ReadTuiState(app, home)) facts.tui_states.push_back(*state);
  }
  home.config = std::move(facts);
}

}  // namespace fleet::agent
