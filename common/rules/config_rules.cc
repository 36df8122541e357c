#include "common/rules/families.h"

namespace fleet {

std::vector<Rule> ConfigRules() {
  return {
      {"CONFIG_MISSING", 70, "config", Severity::kP2, "",
       "A workspace of the guide that holds sessions has lost its configuration or its app file "
       "(.opencode/config.json, "
       ".opencode/app.json).",
       "Have the file made again with its defaults, or take it from a backup.", "R-CONFIG-CREATE", false, ""},
      {"CONFIG_SCHEMA_INVALID", 72, "config", Severity::kP1, "",
       "A configuration file holds a key that dgmo does not know, or a value of another type than it expects. dgmo "
       "refuses the whole file and does not start.",
       "Look at the keys in the evidence and correct them in an editor; nothing is removed unasked.",
       "R-CONFIG-RECOVER", false, ""},
      {"CONFIG_JSONC_COMMENTS", 73, "config", Severity::kP1, "",
       "A configuration file holds comments or trailing commas. dgmo reads plain JSON only, whatever the file is "
       "called, and does not start.",
       "Remove the comments and trailing commas; the offset of the first is in the evidence.", "R-CONFIG-RECOVER",
       false, ""},
      {"CONFIG_LEGACY_LOCATION", 74, "config", Severity::kP2, "",
       "MCP servers are configured in ~/.config/opencode, where dgmo no longer looks since it was renamed, and not in "
       "~/.config/dgmo. dgmo starts without them.",
       "Copy the servers named in the evidence to ~/.config/dgmo/config.json.", "R-CONFIG-MERGE", false, ""},
      {"CONFIG_LEGACY_FILENAME", 75, "config", Severity::kP2, "",
       "A project is configured in opencode.json only, a name that dgmo no longer reads. dgmo works there without "
       "the project's settings.",
       "Copy it to dgmo.json; the evidence says whether dgmo would take it as it is.", "", false, ""},
      {"CONFIG_MCP_QDRANT_MISMATCH", 76, "config", Severity::kP2, "",
       "The MCP server for Qdrant uses another address, collection or embedding model than the fleet expects, or it is "
       "missing or switched off where everybody is to have one. Memories are not found, or are stored where nobody "
       "looks.",
       "Correct the variables named in the evidence in the file that names the server.", "", false, ""},
      {"APP_STATE_INVALID", 77, "config", Severity::kP2, "P3 for the state of the TUI, which it replaces itself",
       "The state file of a workspace (state.json) or of the TUI (tui) cannot be read. It holds no work of the "
       "developer, only what was open or chosen last.",
       "Nothing for the TUI; a workspace's file may be replaced by {}.", "R-CONFIG-CREATE", false, ""},
      {"VERSION_MISMATCH", 78, "config", Severity::kP3, "P2 when the program cannot even say its version",
       "The installed dgmo or bun is not the version that the fleet is to run, or is older than the program that "
       "wrote some of the sessions.",
       "Update it the way it was installed (npm, bun, brew or its installer).", "", false, ""},
      {"DGMO_NOT_INSTALLED", 79, "config", Severity::kP1, "",
       "There are sessions of dgmo, but no dgmo to open them with: neither in PATH nor where its installers, npm and "
       "bun put it.",
       "Install dgmo for this user, or repair the PATH; the data is untouched.", "", false, ""},
  };
}

}  // namespace fleet
