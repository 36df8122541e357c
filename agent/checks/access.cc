#include <cerrno>
#include <system_error>

#include "agent/checks/rules.h"

namespace fleet::agent {

// What the reader could not look at. One finding each; nothing is concluded about what lies there.

namespace {

std::string_view CodeOf(const Unreadable& unreadable) {
  if (unreadable.error != EACCES && unreadable.error != EPERM) return "STORAGE_IO_ERROR";
  return unreadable.is_directory ? "PERM_DIR_ACCESS" : "PERM_FILE_ACCESS";
}

void AddError(Finding& finding, const Unreadable& unreadable) {
  finding.evidence["errno"] = unreadable.error;
  finding.evidence["error"] = unreadable.error == 0 ? std::string("not a regular file, or too large")
                                                    : std::system_category().message(unreadable.error);
}

}  // namespace

void CheckHomeAccess(const HomeView& home, std::vector<Finding>& findings) {
  const std::string& place = home.model.home.path;
  for (const auto& [path, unreadable] : home.model.unreadable) {
    Finding finding = DraftFinding(CodeOf(unreadable), "", place.empty() ? path : place, path, {path});
    AddError(finding, unreadable);
    findings.push_back(std::move(finding));
  }
}

void CheckRootAccess(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [path, unreadable] : root.model().unreadable) {
    Finding finding = root.Draft(CodeOf(unreadable), path, {path});
    AddError(finding, unreadable);
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
