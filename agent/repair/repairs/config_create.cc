#include <nlohmann/json.hpp>

#include <optional>

#include "agent/repair/candidate.h"
#include "agent/repair/repairs/config_files.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// The guide's minimal files (catalogue: "app.json", "Configuration").
std::string_view MinimalText(const std::string& path) {
  if (path == ".opencode/config.json") return R"({"agentMode":"all-tools","experimental":{"mcp":true}})";
  if (path == ".opencode/app.json") {
    return R"({"name":"dgmstt","version":"1.0.0","description":"DGMSTT - Multi-Session Task Tool"})";
  }
  return "{}";
}

Answer PlanConfigCreate(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  return CreateGuideFile(root, RelativePath(root, finding.path));
}

}  // namespace

ConfigDocument JudgeConfig(const std::string& path, std::string_view bytes) {
  const bool former = path.find("opencode.json") != std::string::npos || path.ends_with("opencode/config.json");
  nlohmann::json value;
  return ReadConfigDocument(bytes, former ? ConfigDialect::kOpencode : ConfigDialect::kDgmo, value);
}

bool IsUsable(const PlannedRoot& root, const std::string& path, std::string_view bytes) {
  const RootKind kind = root.model().root.kind;
  const Place place = LayoutOf(kind).place(path, false);
  if (static_cast<std::int64_t>(bytes.size()) > SizeLimit(place.cls)) return false;
  if (kind != RootKind::kHome) {
    return !std::holds_alternative<Fault>(root.parser().Parse(place.cls, PaddedText(bytes)));
  }
  const ConfigDocument document = JudgeConfig(path, bytes);
  return !document.fault && document.violations.empty();
}

Answer CreateGuideFile(const PlannedRoot& root, const std::string& path) {
  const Place place = LayoutOf(root.model().root.kind).place(path, false);
  const bool is_guides = root.model().root.kind == RootKind::kGuide &&
                         (place.cls == DocumentClass::kConfig || place.cls == DocumentClass::kApp);
  if (!is_guides) return Refusal{"no_default", ToUtf8(path) + " is no file of a workspace that has a default"};
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  const auto bytes = root.Read(path);
  if (bytes.ok() && IsUsable(root, path, *bytes)) return Cure{};
  if (!bytes.ok() && !absl::IsNotFound(bytes.status())) {
    return Refusal{"unreadable", ToUtf8(path) + " could not be read; see to its permissions first"};
  }
  return Cure{.changes = {WriteFile{path, std::string(MinimalText(path))}},
              .note = bytes.ok() ? "replaced by the guide's minimal file; what it held is in the journal"
                                 : "made with the guide's minimal content"};
}

const Repair kConfigCreate = {.id = "R-CONFIG-CREATE", .plan = PlanConfigCreate};

}  // namespace fleet::agent
