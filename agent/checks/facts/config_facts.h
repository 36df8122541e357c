#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/store/config_document.h"
#include "agent/store/file_stat.h"

namespace fleet::agent {

// One MCP server as the configuration of a home names it: the global files and those of its projects, merged as dgmo
// merges them, one entry for each name and file that has the last word. Nothing is resolved or expanded. The command
// and the environment may hold secrets: they live in memory only and go into no finding.
struct McpEntry {
  enum class Type : std::uint8_t { kLocal, kRemote };

  std::string name;
  Type type = Type::kLocal;
  std::vector<std::string> command;                // argv, of a local one
  std::map<std::string, std::string> environment;  // of a local one
  std::string url;                                 // of a remote one
  bool enabled = true;
  std::string file;  // absolute path of the configuration that names it

  bool operator==(const McpEntry&) const = default;
};

// One configuration file that dgmo loads, or loaded when its name was opencode.
struct ConfigFile {
  std::string path;     // absolute
  std::string app;      // whose name it goes by: "dgmo" or "opencode"
  std::string project;  // the git root it is for; empty: for all
  bool legacy = false;  // TOML, which dgmo turns into config.json at its next start
  FileStat stat;
  std::string sha256;
  ConfigDocument document;
  std::vector<std::string> servers;  // names under "mcp"
};

// The TUI keeps its state in TOML, in a file without an extension.
struct TuiState {
  std::string path;
  FileStat stat;
  std::string fault;  // empty: it is read
};

// A program that is installed, and what it says of itself when asked with --version.
struct InstalledProgram {
  enum class Answer : std::uint8_t { kNotAsked, kVersion, kFailed, kNone };  // kNone: not within the time
  std::string path;                                                          // absolute; empty: it is nowhere
  Answer answer = Answer::kNotAsked;
  std::string version;  // the first line, for kVersion
  std::string failure;  // how it ended, for kFailed
  bool looked_everywhere = true;
};

// The configuration files of a home and of its projects, the state files beside them, and the installed versions.
struct ConfigFacts {
  // By name, then file: of every file that is JSON, whatever else is wrong with it. Entries that dgmo would not take
  // are left out.
  std::vector<McpEntry> mcp_entries;
  std::vector<ConfigFile> files;      // in the order in which dgmo loads them
  std::vector<std::string> projects;  // git roots that were looked at
  std::vector<TuiState> tui_states;
  bool dgmo_used = false;  // something here goes by dgmo's present name, so files named after opencode are not loaded
  bool dgmo_running = false;
  std::map<std::string, InstalledProgram> programs;  // "dgmo", "opencode", "bun"
};

}  // namespace fleet::agent
