#include <algorithm>

#include "agent/checks/config_files_view.h"
#include "agent/checks/qdrant_entry.h"
#include "agent/checks/rules.h"
#include "common/utf8.h"

namespace fleet::agent {

// The MCP servers that the configuration names.

namespace {

constexpr std::size_t kMostNames = 16;

const ConfigFile* GlobalFile(const ConfigFacts& facts, std::string_view app) {
  for (const ConfigFile& file : facts.files) {
    if (file.project.empty() && !file.legacy && file.app == app) return &file;
  }
  return nullptr;
}

// Servers that stayed behind under dgmo's former name.
void CheckLegacyLocation(const HomeView& home, std::vector<Finding>& findings) {
  const ConfigFacts& facts = *home.model.config;
  if (!facts.dgmo_used) return;
  const ConfigFile* former = GlobalFile(facts, "opencode");
  const ConfigFile* present = GlobalFile(facts, "dgmo");
  // Of a file that cannot be read it is not known what it lacks; behind comments it is.
  if (former == nullptr) return;
  if (present != nullptr && present->document.fault && !present->document.comments) return;
  std::string missing;
  std::size_t count = 0;
  for (const std::string& name : former->servers) {
    if (present != nullptr && std::count(present->servers.begin(), present->servers.end(), name) > 0) continue;
    if (++count <= kMostNames) missing += (missing.empty() ? "" : ", ") + ToUtf8(name);
  }
  if (count == 0) return;
  Finding finding = DraftFinding("CONFIG_LEGACY_LOCATION", "", home.model.home.path, "config",
                                 {former->path, home.model.home.config_home + "/dgmo/config.json"}, former->path);
  AddStat(finding, former->stat);
  finding.evidence["servers"] = missing;
  finding.evidence["missing"] = static_cast<std::int64_t>(count);
  findings.push_back(std::move(finding));
}

Finding DraftMismatch(const HomeView& home, const std::string& server, const std::string& path) {
  Finding finding =
      DraftFinding("CONFIG_MCP_QDRANT_MISMATCH", "", home.model.home.path, server, {path}, path + "\n" + server);
  finding.evidence["collection_expected"] = home.settings.qdrant_collection;
  finding.evidence["model_expected"] = home.settings.embedding_model;
  return finding;
}

// One server for Qdrant as the fleet expects it is enough; what else a developer keeps in Qdrant is his own affair.
void CheckQdrantServer(const HomeView& home, std::vector<Finding>& findings) {
  const ConfigFacts& facts = *home.model.config;
  std::vector<const McpEntry*> enabled;
  std::vector<const McpEntry*> disabled;
  for (const McpEntry& entry : facts.mcp_entries) {
    if (IsQdrantEntry(entry)) (entry.enabled ? enabled : disabled).push_back(&entry);
  }
  const auto as_expected = [&](const McpEntry* entry) { return DifferencesOf(*entry, home.settings).empty(); };
  if (std::any_of(enabled.begin(), enabled.end(), as_expected)) return;
  for (const McpEntry* entry : enabled) {
    Finding finding = DraftMismatch(home, ToUtf8(entry->name), entry->file);
    for (const QdrantDifference& difference : DifferencesOf(*entry, home.settings)) {
      finding.evidence[difference.variable] = difference.how;
    }
    findings.push_back(std::move(finding));
  }
  // Who does not use Qdrant lacks nothing, unless everybody is to use it.
  if (!enabled.empty() || !home.settings.memory_required) return;
  const std::string app = facts.dgmo_used ? "dgmo" : "opencode";
  const ConfigFile* global = GlobalFile(facts, app);
  if (global != nullptr && global->document.fault && !global->document.comments) return;  // not known
  const std::string path =
      disabled.empty() ? home.model.home.config_home + "/" + app + "/config.json" : disabled.front()->file;
  Finding finding = DraftMismatch(home, disabled.empty() ? "qdrant" : ToUtf8(disabled.front()->name), path);
  finding.evidence["server"] = disabled.empty() ? "missing" : "disabled";
  findings.push_back(std::move(finding));
}

}  // namespace

void CheckConfiguredServers(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.config) return;
  CheckLegacyLocation(home, findings);
  CheckQdrantServer(home, findings);
}

}  // namespace fleet::agent
