#include "agent/repair/selection.h"

#include <algorithm>

#include "agent/checks/relatives.h"

namespace fleet::agent {

namespace {

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool RepairSelection::Consents(std::string_view repair) const { return Contains(consent, repair); }

bool RepairSelection::Names(std::string_view repair) const { return Contains(repairs, repair); }

std::set<std::string> RepairSelection::Select(const HomeModel& home, const std::vector<Finding>& findings) const {
  std::set<std::string> relatives;
  if (!session_id.empty()) relatives = RelativesOf(home, session_id);
  std::set<std::string> selected;
  for (const Finding& finding : findings) {
    if (!codes.empty() && !Contains(codes, finding.code)) continue;
    if (!fingerprints.empty() && !fingerprints.contains(finding.fingerprint)) continue;
    if (session_id.empty() || IsAbout(finding, relatives)) selected.insert(finding.fingerprint);
  }
  return selected;
}

}  // namespace fleet::agent
