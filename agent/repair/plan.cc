#include "agent/repair/plan.h"

namespace fleet::agent {

const std::string& PathOf(const Change& change) {
  return std::visit([](const auto& of_a_kind) -> const std::string& { return of_a_kind.path; }, change);
}

std::string AbsolutePathOf(const Root& root, const Change& change) {
  const std::string& path = PathOf(change);
  return path == "." ? root.path : root.path + "/" + path;
}

}  // namespace fleet::agent
