#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/finding.h"

namespace fleet::agent {

// One session as `sessions` shows it. A conversation or a record without its info file is a session all the same.
struct SessionRow {
  std::string id;
  std::string parent;  // empty: a main session
  std::string title;   // empty: not known
  std::int64_t created_ms = 0;
  std::int64_t last_activity_ms = 0;
  std::int64_t messages = 0;
  std::int64_t sub_sessions = 0;
  std::optional<Severity> worst;  // of the findings about it
  std::string root;
};

// Latest activity first.
std::vector<SessionRow> ListSessions(const HomeModel& home, const std::vector<Finding>& findings);

// A row of the tree with its depth, a parent before what it started. Every session appears once, also those whose
// parents are missing or form a ring.
struct TreeRow {
  std::size_t session = 0;  // into the rows given
  std::size_t depth = 0;
};
std::vector<TreeRow> ArrangeAsTree(const std::vector<SessionRow>& rows);

std::string SessionsText(const std::vector<SessionRow>& rows, bool tree);
nlohmann::ordered_json SessionsJson(const std::vector<SessionRow>& rows, bool tree);

}  // namespace fleet::agent
