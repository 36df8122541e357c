#include "agent/repair/selection.h"

#include <algorithm>

namespace fleet::agent {

namespace {

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Whether a component of the path is the id, alone or as the stem of a file name.
bool Mentions(std::string_view path, std::string_view id) {
  for (std::size_t at = path.find(id); at != std::string_view::npos; at = path.find(id, at + 1)) {
    const std::size_t end = at + id.size();
    const bool starts = at == 0 || path[at - 1] == '/';
    if (starts && (end == path.size() || path[end] == '/' || path[end] == '.')) return true;
  }
  return false;
}

}  // namespace

bool RepairSelection::Consents(std::string_view repair) const { return Contains(consent, repair); }

bool RepairSelection::Names(std::string_view repair) const { return Contains(repairs, repair); }

bool RepairSelection::Selects(const Finding& finding) const {
  if (!codes.empty() && !Contains(codes, finding.code)) return false;
  if (session_id.empty() || finding.subject_id == session_id) return true;
  return std::any_of(finding.paths.begin(), finding.paths.end(),
                     [&](const std::string& path) { return Mentions(path, session_id); });
}

}  // namespace fleet::agent
