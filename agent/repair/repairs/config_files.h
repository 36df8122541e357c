#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/repair/planned_root.h"
#include "agent/repair/repair.h"
#include "agent/store/config_document.h"

namespace fleet::agent {

// What the repairs of configuration share. Paths are relative to the place: a home, or a workspace of the guide.

// What dgmo would say of a configuration file of a home.
ConfigDocument JudgeConfig(const std::string& path, std::string_view bytes);

// Takes out of a configuration file of a home what dgmo refuses: whole keys, a few dozen at most. Returns which ones,
// without their values, which may be secrets; empty when there are none.
std::string RemoveRefusedKeys(const std::string& path, std::string& text);

// Whether a file with these bytes is one that its reader takes: dgmo, of a home's, any reader of JSON, of a
// workspace's.
bool IsUsable(const PlannedRoot& root, const std::string& path, std::string_view bytes);

// The guide's minimal file for .opencode/{config,app,state}.json; an empty Cure when a usable one is there.
Answer CreateGuideFile(const PlannedRoot& root, const std::string& path);

}  // namespace fleet::agent
