#include "agent/cli/targets.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "agent/store/find_roots.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// This user's home directory; empty when nothing tells it.
std::string OwnHome() {
  if (std::string home = Environment("HOME"); !home.empty()) return home;
  const passwd* entry = getpwuid(getuid());
  return entry == nullptr ? "" : entry->pw_dir;
}

// What the system says of a path does not say what to do about it.
absl::Status WithAdvice(const absl::Status& status, const std::string& advice) {
  if (ErrnoOf(status) == 0) return status;
  return absl::Status(status.code(), MessageOf(status) + "; " + advice);
}

absl::StatusOr<std::vector<Root>> ExplicitRoots(const std::vector<std::string>& paths) {
  std::vector<Root> roots;
  for (const std::string& path : paths) {
    const absl::StatusOr<std::vector<Root>> found = ResolveRoot(path);
    if (!found.ok()) return WithAdvice(found.status(), "give an existing data root with --root");
    for (const Root& root : *found) {
      const bool known = std::any_of(roots.begin(), roots.end(), [&](const Root& r) { return r.path == root.path; });
      if (!known) roots.push_back(root);
    }
  }
  return roots;
}

}  // namespace

void AddTargetOptions(CLI::App& command, Targets& targets) {
  command.add_option("--home", targets.homes, "A home directory to look at (default: yours); may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--root", targets.roots, "A data root to look at, instead of searching homes; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--state", targets.state, "The agent's own folder: journals, backups, quarantine")
      ->type_name("DIR");
}

absl::StatusOr<std::vector<Target>> ResolveTargets(const Targets& targets) {
  std::vector<Target> resolved;
  std::set<std::string> known;
  for (const std::string& path : targets.homes) {
    absl::StatusOr<Home> home = HomeAt(path, false);
    if (!home.ok()) return WithAdvice(home.status(), "give an existing directory with --home");
    if (known.insert(home->path).second) resolved.push_back({*std::move(home), {}});
  }
  if (!targets.roots.empty()) {
    ASSIGN_OR_RETURN(std::vector<Root> roots, ExplicitRoots(targets.roots));
    resolved.push_back({{}, std::move(roots)});
  }
  if (!resolved.empty()) return resolved;
  const std::string own = OwnHome();
  if (own.empty()) return FailedPrecondition("cannot tell where your home is; set HOME or give --home DIR");
  ASSIGN_OR_RETURN(Home home, HomeAt(own, true));
  resolved.push_back({std::move(home), {}});
  return resolved;
}

std::string StateFolder(const Targets& targets) {
  if (!targets.state.empty()) return targets.state;
  if (std::string folder = Environment("DGMO_AGENT_STATE"); !folder.empty()) return folder;
  if (const std::string base = Environment("XDG_STATE_HOME"); !base.empty()) return base + "/dgmo-agent";
  return OwnHome() + "/.local/state/dgmo-agent";
}

}  // namespace fleet::agent
