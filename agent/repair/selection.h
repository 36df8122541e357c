#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/finding.h"

namespace fleet::agent {

// What a person or an admin asked to have repaired. Empty lists mean everything.
struct RepairSelection {
  std::vector<std::string> repairs;         // ids such as "R-INDEX"; empty: every repair that needs no consent
  std::vector<std::string> codes;           // only findings of these codes
  std::string session_id;                   // only findings about this session or its relatives
  std::vector<std::string> consent;         // repair ids that were consented to
  std::set<std::string> fingerprints = {};  // only these findings
  // What a person wants done although nothing is at fault, put as findings that no check makes.
  std::vector<Finding> requests = {};

  bool Consents(std::string_view repair) const;
  // Whether the repair was asked for by name.
  bool Names(std::string_view repair) const;
  // Fingerprints of the findings that were asked for, whatever repairs them.
  std::set<std::string> Select(const HomeModel& home, const std::vector<Finding>& findings) const;
};

}  // namespace fleet::agent
