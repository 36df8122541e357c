#include "agent/store/layout.h"
#include "agent/store/layouts/probe.h"

namespace fleet::agent {

// Layout M: the store of today's original opencode, <data home>/opencode/storage/. dgmo never reads it and neither does
// the agent; it is recognised so that nobody mistakes it for dgmo's.

namespace {

bool IsRoot(const Directory& directory) {
  const absl::StatusOr<FileStat> part = directory.Stat("part");
  return directory.Stat("migration").ok() || part.ok();
}

std::vector<Root> Find(const std::string& data_home, std::map<std::string, Unreadable>& unreadable) {
  const absl::StatusOr<Root> root = ProbeRoot(RootKind::kForeign, data_home + "/opencode/storage", unreadable, IsRoot);
  if (!root.ok()) return {};
  Root found = *root;
  found.app = "opencode";
  found.name = "storage";
  return {found};
}

Place PlaceOf(std::string_view, bool) { return Skipped(); }

std::string PathOfDocument(DocumentClass, std::string_view, std::string_view) { return ""; }

}  // namespace

const Layout kForeignLayout = {RootKind::kForeign, Find, IsRoot, PlaceOf, PathOfDocument, {}};

}  // namespace fleet::agent
