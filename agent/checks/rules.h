#pragma once

#include <vector>

#include "agent/checks/root_view.h"
#include "common/finding.h"

namespace fleet::agent {

// One function a family of rules, one file each: what it sees, to findings. Pure.

// About a whole home.
void CheckLayouts(const HomeView& home, std::vector<Finding>& findings);
void CheckHomeAccess(const HomeView& home, std::vector<Finding>& findings);
void CheckConfigurations(const HomeView& home, std::vector<Finding>& findings);

// About one of its roots.
void CheckStorage(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckRootAccess(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckDocuments(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckSessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckParents(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckSubsessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckResidue(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckIndexes(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckGuideIndex(const HomeView& home, const RootView& root, std::vector<Finding>& findings);

}  // namespace fleet::agent
