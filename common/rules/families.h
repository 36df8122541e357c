#pragma once

#include <vector>

#include "common/rule_catalogue.h"

namespace fleet {

// The rows of the rule catalogue, one file a family; rule_catalogue.cc puts them together.
std::vector<Rule> StorageRules();
std::vector<Rule> DocumentRules();  // the faults any JSON file can have, for every class of document
std::vector<Rule> SessionRules();
std::vector<Rule> MessageRules();
std::vector<Rule> SubsessionRules();  // and their indexes
std::vector<Rule> ConfigRules();      // and versions
std::vector<Rule> ResourceRules();    // permissions, disks, memory, limits
std::vector<Rule> QdrantRules();
std::vector<Rule> BackupRules();
std::vector<Rule> NetworkRules();  // ports, names, MCP servers
std::vector<Rule> LogRules();
std::vector<Rule> AgentRules();  // about this product's own agent

}  // namespace fleet
