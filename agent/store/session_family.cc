#include "agent/store/session_family.h"

namespace fleet::agent {

namespace {

// Parents that name each other in a circle end somewhere.
constexpr int kDeepest = 64;

}  // namespace

std::string TopOfFamily(const RootModel& model, std::string id) {
  for (int steps = 0; steps < kDeepest; ++steps) {
    const auto info = model.sessions.find(id);
    const auto record = model.records.find(id);
    const bool child =
        info != model.sessions.end() && info->second.document.parent_kind == SessionDocument::Parent::kId;
    if (child) {
      id = info->second.document.parent;
    } else if (info == model.sessions.end() && record != model.records.end()) {
      id = record->second.document.parent;
    } else {
      break;
    }
  }
  return id;
}

}  // namespace fleet::agent
