#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/facts/access_facts.h"
#include "agent/checks/facts/backup_facts.h"
#include "agent/checks/facts/config_facts.h"
#include "agent/checks/facts/duplicate_facts.h"
#include "agent/checks/facts/log_facts.h"
#include "agent/checks/facts/mcp_facts.h"
#include "agent/checks/facts/qdrant_facts.h"
#include "agent/store/model.h"

namespace fleet::agent {

// A user's home: its roots and what lies beside them. Facts that are nullopt were not looked at: nothing is concluded
// from their absence.
struct HomeModel {
  Home home;
  std::vector<RootModel> roots;                  // layouts U and G
  std::vector<Root> foreign;                     // layout M
  std::map<std::string, Unreadable> unreadable;  // by absolute path; what lies outside every root
  AccessFacts access;
  bool dgmo_installed = false;
  bool has_config = false;
  bool has_backup = false;

  std::vector<NamedPlace> lost_data_paths;  // values of OPENCODE_DATA_PATH that lead to no root

  std::optional<DuplicateFacts> duplicates;
  std::optional<ConfigFacts> config;
  std::optional<BackupFacts> backups;
  std::optional<LogFacts> logs;
  std::optional<QdrantFacts> qdrant;
  std::optional<McpFacts> mcp;

  // Paths and addresses that could not be looked at, with everything below them. Unlike `unreadable` this is no fault:
  // findings about them stay as they are.
  std::vector<std::string> unknown;
};

}  // namespace fleet::agent
