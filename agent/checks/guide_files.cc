#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

// The folder is there, and either a file is in it or the workspace is at work. Many workspaces never had one.
bool IsUsed(const RootModel& root) {
  if (root.directories.count(".opencode") == 0) return false;
  return root.has_app_file || root.has_config_file || !root.sessions.empty() || !root.conversations.empty() ||
         !root.records.empty() || !root.indexes.empty();
}

// Not there: neither read, nor something that could not be read.
bool IsMissing(const RootModel& root, const std::string& path, bool has_file) {
  if (has_file) return false;
  for (const std::string& place : {std::string(), std::string(".opencode"), path}) {
    if (root.unreadable.count(place) > 0) return false;
  }
  return root.strays.count(path) == 0;
}

}  // namespace

void CheckGuideFiles(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  const RootModel& model = root.model();
  if (model.root.kind != RootKind::kGuide || !IsUsed(model)) return;
  const auto check = [&](const std::string& path, bool has_file) {
    if (IsMissing(model, path, has_file)) findings.push_back(root.Draft("CONFIG_MISSING", path, {path}));
  };
  check(".opencode/config.json", model.has_config_file);
  check(".opencode/app.json", model.has_app_file);
}

}  // namespace fleet::agent
