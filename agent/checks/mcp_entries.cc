#include "agent/checks/mcp_entries.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace fleet::agent {

namespace {

using nlohmann::json;

bool AreTexts(const json& values) {
  for (const auto& [key, value] : values.items()) {
    if (!value.is_string()) return false;
  }
  return true;
}

// nullopt when dgmo would not take it.
std::optional<McpEntry> EntryOf(const std::string& name, const json& server, const std::string& file) {
  if (!server.is_object()) return std::nullopt;
  McpEntry entry;
  entry.name = name;
  entry.file = file;
  const json enabled = server.value("enabled", json(true));
  if (!enabled.is_boolean()) return std::nullopt;
  entry.enabled = enabled.get<bool>();
  const json type = server.value("type", json());
  if (type == "remote") {
    entry.type = McpEntry::Type::kRemote;
    const json url = server.value("url", json());
    if (!url.is_string()) return std::nullopt;
    entry.url = url.get<std::string>();
    return entry;
  }
  const json command = server.value("command", json());
  const json environment = server.value("environment", json::object());
  if (type != "local" || !command.is_array() || !AreTexts(command)) return std::nullopt;
  if (!environment.is_object() || !AreTexts(environment)) return std::nullopt;
  entry.command = command.get<std::vector<std::string>>();
  entry.environment = environment.get<std::map<std::string, std::string>>();
  return entry;
}

// The servers after some layers, and which file said the last word about each.
struct Merged {
  json servers = json::object();
  std::map<std::string, std::string> files;

  void Add(const ConfigLayer& layer) {
    if (!layer.value.is_object()) return;
    const auto servers_of = layer.value.find("mcp");
    if (servers_of == layer.value.end() || !servers_of->is_object()) return;
    for (const auto& [name, server] : servers_of->items()) {
      MergeConfig(server, servers[name]);
      files[name] = layer.file;
    }
  }
};

}  // namespace

std::vector<McpEntry> McpEntriesOf(const std::vector<ConfigLayer>& layers) {
  std::map<std::pair<std::string, std::string>, McpEntry> entries;
  const auto take = [&](const Merged& merged) {
    for (const auto& [name, file] : merged.files) {
      if (std::optional<McpEntry> entry = EntryOf(name, merged.servers[name], file)) {
        entries.try_emplace({name, file}, *std::move(entry));
      }
    }
  };
  Merged global;
  std::set<std::string> projects;
  for (const ConfigLayer& layer : layers) {
    if (layer.project.empty()) global.Add(layer);
    if (!layer.project.empty()) projects.insert(layer.project);
  }
  take(global);
  for (const std::string& project : projects) {
    Merged merged = global;
    for (const ConfigLayer& layer : layers) {
      if (layer.project == project) merged.Add(layer);
    }
    take(merged);
  }
  std::vector<McpEntry> list;
  for (auto& [key, entry] : entries) list.push_back(std::move(entry));
  return list;
}

}  // namespace fleet::agent
