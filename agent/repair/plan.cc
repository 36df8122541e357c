#include "agent/repair/plan.h"

namespace fleet::agent {

const std::string& PathOf(const Change& change) {
  return std::visit([](const auto& of_a_kind) -> const std::string& { return of_a_kind.path; }, change);
}

}  // namespace fleet::agent
