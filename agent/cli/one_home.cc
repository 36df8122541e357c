#include "agent/cli/one_home.h"

namespace fleet::agent {

void AddOneHomeOptions(CLI::App& command, Targets& targets) {
  command.add_option("--home", targets.homes, "The home directory it is about (default: yours)")
      ->type_name("DIR")
      ->expected(1);
  command.add_option("--state", targets.state, "The agent's own folder: journals, backups, quarantine")
      ->type_name("DIR");
}

}  // namespace fleet::agent
