#include <algorithm>
#include <cerrno>
#include <system_error>

#include "agent/checks/rules.h"

namespace fleet::agent {

// What the reader could not look at because the disk, the network or the file system failed. Nothing is concluded about
// what lies there. What was refused for want of rights is a matter of permissions.

namespace {

bool IsRefusal(const Unreadable& unreadable) { return unreadable.error == EACCES || unreadable.error == EPERM; }

// The agent itself was short of something, or the entry changed while it was looked at: unknown, and no fault.
bool IsPassing(const Unreadable& unreadable) {
  static constexpr int kPassing[] = {0, EMFILE, ENFILE, ENOMEM, EINTR, EAGAIN};
  return std::find(std::begin(kPassing), std::end(kPassing), unreadable.error) != std::end(kPassing);
}

void AddError(Finding& finding, const Unreadable& unreadable) {
  finding.evidence["errno"] = unreadable.error;
  finding.evidence["error"] = std::system_category().message(unreadable.error);
}

}  // namespace

void CheckHomeAccess(const HomeView& home, std::vector<Finding>& findings) {
  const std::string& place = home.model.home.path;
  for (const auto& [path, unreadable] : home.model.unreadable) {
    if (IsPassing(unreadable)) continue;
    const std::string_view refusal = unreadable.is_directory ? "PERM_DIR_ACCESS" : "PERM_FILE_ACCESS";
    const std::string_view code = IsRefusal(unreadable) ? refusal : "STORAGE_IO_ERROR";
    Finding finding = DraftFinding(code, "", place.empty() ? path : place, path, {path});
    AddError(finding, unreadable);
    findings.push_back(std::move(finding));
  }
}

// One finding a folder: a lost disk takes thousands of files with it.
void CheckRootAccess(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  const Layout& layout = LayoutOf(root.model().root.kind);
  std::map<std::string, std::vector<std::string>> by_folder;
  for (const auto& [path, unreadable] : root.model().unreadable) {
    if (IsRefusal(unreadable) || IsPassing(unreadable)) continue;
    by_folder[AccessFolder(layout, path, unreadable.is_directory)].push_back(path);
  }
  for (auto& [folder, paths] : by_folder) {
    const auto count = static_cast<std::int64_t>(paths.size());
    const std::string subject = count == 1 ? paths.front() : folder;
    const Unreadable& first = root.model().unreadable.at(paths.front());
    if (paths.size() > kAccessExamples) paths.resize(kAccessExamples);
    Finding finding = root.Draft("STORAGE_IO_ERROR", subject, paths, folder);
    AddError(finding, first);
    finding.evidence["entries"] = count;
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
