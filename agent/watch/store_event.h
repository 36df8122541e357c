#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/model.h"
#include "common/finding.h"

namespace fleet::agent {

// Something that happened in a store or around it (catalogue: "Watch stream"). Never with text of a message.
struct StoreEvent {
  std::string_view kind;   // "session_created", ...
  std::string root;        // absolute; empty: it is about none
  std::string path;        // absolute
  std::string session_id;  // of an index event the parent
  std::string parent_id;   // of the session; empty: it has none, or nobody knows
  std::map<std::string, EvidenceValue> facts;
};

// All kinds there are.
const std::vector<std::string_view>& EventKinds();

// A temporary file older than this is left over (catalogue: rule TMP_LITTER).
inline constexpr std::int64_t kLeftOverMs = 60'000;

// What happened between two models of the same root and their times. Pure.
std::vector<StoreEvent> Diff(const RootModel& before, std::int64_t before_ms, const RootModel& after,
                             std::int64_t after_ms);

// What happened between two checks: findings that are new, and those that are gone. Pure.
std::vector<StoreEvent> Diff(const std::map<std::string, Finding>& before, const std::map<std::string, Finding>& after);

// The parent a session has in the model, as its info or its record says; empty: none.
std::string ParentIn(const RootModel& root, const std::string& session);

}  // namespace fleet::agent
