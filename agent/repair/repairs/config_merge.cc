#include <algorithm>
#include <optional>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/json_edit.h"
#include "agent/repair/repairs/config_files.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/jsonc.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct Merge {
  std::string text;     // of the present file, with what was added
  std::string added;    // for people: keys only, because values may be secrets
  std::string refused;  // servers that dgmo would not start with
};

void AddServer(const std::string& path, const std::string& name, const std::string& json, Merge& merge) {
  const std::size_t before = JudgeConfig(path, merge.text).violations.size();
  std::optional<std::string> with = WithJson(merge.text, {"mcp", name}, json);
  const bool takes = with && JudgeConfig(path, *with).violations.size() <= before;
  std::string& list = takes ? merge.added : merge.refused;
  list += (list.empty() ? "" : ", ") + std::string(takes ? "+ " : "") + "/mcp/" + ToUtf8(name);
  if (takes) merge.text = *std::move(with);
}

// Only servers that the present file lacks: what it says of one itself stands as a whole.
Merge MergeServers(const std::string& former, const std::string& path, std::string present) {
  Merge merge{.text = std::move(present), .added = "", .refused = ""};
  const std::vector<std::string> known = JsonKeys(merge.text, {"mcp"}).value_or(std::vector<std::string>());
  if (!JsonAt(merge.text, {"mcp"})) merge.text = WithJson(merge.text, {"mcp"}, "{}").value_or(merge.text);
  for (const std::string& name : JsonKeys(former, {"mcp"}).value_or(std::vector<std::string>())) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    AddServer(path, name, JsonAt(former, {"mcp", name}).value_or(""), merge);
  }
  return merge;
}

// The former file is the finding's first path, the present one the second.
Answer PlanConfigMerge(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string former_path = RelativePath(root, finding.paths.at(0));
  const std::string path = RelativePath(root, finding.paths.at(1));
  for (const std::string& each : {former_path, path}) {
    if (std::optional<Refusal> obstacle = ObstacleAt(root, each)) return *std::move(obstacle);
  }
  const auto former = root.Read(former_path);
  const auto stat = root.Stat(former_path);
  const auto present = root.Read(path);
  if (!former.ok() || !stat.ok() || (!present.ok() && !absl::IsNotFound(present.status()))) {
    return Refusal{"unreadable", "the configuration of dgmo or opencode could not be read; see to its permissions"};
  }
  if (present.ok() && JudgeConfig(path, *present).fault && !JudgeConfig(path, *present).comments) {
    return Refusal{"damaged", ToUtf8(path) + " is damaged itself; recover it first"};
  }
  const Merge merge = MergeServers(WithoutComments(*former).text, path, present.value_or("{}"));
  if (merge.added.empty() && !merge.refused.empty()) {
    return Refusal{"no_valid_server", "dgmo would not start with what " + ToUtf8(former_path) +
                                          " says of: " + merge.refused + "; correct it there first"};
  }
  if (merge.added.empty()) return Cure{};
  WriteFile write{path, merge.text};
  // It may hold the same secrets now.
  if (!present.ok()) write.mode = stat->mode & 0777;
  std::string note = merge.added + " from " + ToUtf8(former_path) + ", which stays as it is";
  if (!merge.refused.empty()) note += "; left out, because dgmo would not start: " + merge.refused;
  return Cure{.changes = {std::move(write)}, .note = std::move(note)};
}

}  // namespace

const Repair kConfigMerge = {.id = "R-CONFIG-MERGE", .needs_consent = true, .in_home = true, .plan = PlanConfigMerge};

}  // namespace fleet::agent
