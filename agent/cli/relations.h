#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/finding.h"

namespace fleet::agent {

// How the sessions of one root hang together: parent, child, record and index, each seen from each side.
struct RootRelations {
  std::string root;
  std::int64_t main_sessions = 0;
  std::int64_t child_sessions = 0;
  std::int64_t records = 0;
  std::int64_t indexes = 0;
  std::int64_t entries = 0;              // of all indexes
  std::int64_t tracked_children = 0;     // with a record
  std::int64_t listed_records = 0;       // by their parent's index
  std::int64_t intact_sub_sessions = 0;  // session, record, entry and parent all there and agreeing
  std::vector<Finding> findings;         // about relations
};

// One root each, in the model's order; `findings` are those of the home.
std::vector<RootRelations> RelationsOf(const HomeModel& home, const std::vector<Finding>& findings);

// Whether a rule is about how documents relate to each other (catalogue: rules 36, 38, 50-55 and 60-68).
bool IsAboutRelations(const Finding& finding);

std::string RelationsText(const std::vector<RootRelations>& roots);
nlohmann::ordered_json RelationsJson(const std::vector<RootRelations>& roots);

}  // namespace fleet::agent
