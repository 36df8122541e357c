#include <map>
#include <optional>
#include <utility>

#include "agent/checks/qdrant_entry.h"
#include "agent/repair/candidate.h"
#include "agent/repair/json_edit.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// Switches the MCP servers for Qdrant off, so that dgmo starts and works while Qdrant does not. No rule asks for it.
// Only the one value changes: comments and layout stay, and undo gives back the very same file.
Answer PlanBypass(const PlannedRoot& root, const HomeModel& home, const Finding&) {
  if (!home.config) return Refusal{"unreadable", "the configuration of the home could not be looked at"};
  std::map<std::string, std::string> files;  // by path, to their new bytes
  std::string names;
  for (const McpEntry& entry : home.config->mcp_entries) {
    if (!entry.enabled || !IsQdrantEntry(entry)) continue;
    const std::string path = RelativePath(root, entry.file);
    if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
    const auto known = files.find(path);
    const auto bytes = known == files.end() ? root.Read(path) : absl::StatusOr<std::string>(known->second);
    if (!bytes.ok()) return Refusal{"unreadable", ToUtf8(entry.file) + " could not be read; see to its permissions"};
    std::optional<std::string> changed = WithJson(*bytes, {"mcp", entry.name, "enabled"}, "false");
    if (!changed) return Refusal{"not_lossless", ToUtf8(entry.file) + " cannot be changed safely; see it by hand"};
    files[path] = *std::move(changed);
    names += (names.empty() ? "" : ", ") + ToUtf8(entry.name);
  }
  if (files.empty())
    return Refusal{"nothing_to_bypass", "no configuration here names an MCP server for Qdrant that is on"};
  Cure cure;
  for (auto& [path, bytes] : files) cure.changes.push_back(WriteFile{path, std::move(bytes)});
  cure.note = "switched off: " + names + "; a dgmo that runs has to be started anew";
  return cure;
}

}  // namespace

const Repair kBypass = {.id = "R-BYPASS", .needs_consent = true, .in_home = true, .plan = PlanBypass};

}  // namespace fleet::agent
