#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/repair/plan.h"
#include "agent/store/model.h"

namespace fleet::agent {

// A session with all that belongs to it: what is archived together.
struct SessionFamily {
  std::string top;
  std::string title;
  std::set<std::string> ids;
  std::int64_t last_ms = 0;  // when anything in it last changed, as its documents tell
  std::int64_t messages = 0;
  std::int64_t bytes = 0;           // of the messages
  std::optional<Refusal> obstacle;  // why it cannot be archived as it is
};

// All of a root, by the id of the top. What has no info at the top is none. Pure.
std::vector<SessionFamily> FamiliesOf(const RootModel& model);

}  // namespace fleet::agent
