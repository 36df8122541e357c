#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

// Of what the files themselves tell, not what they name or who wrote them.
bool IsRepairable(const std::string& code, const std::string& path) {
  const bool toml = path.ends_with("/config");
  return !toml && code != "CONFIG_MCP_QDRANT_MISMATCH" && code != "CONFIG_LEGACY_FILENAME" && !path.ends_with("/tui") &&
         (code.rfind("CONFIG_", 0) == 0 || code == "APP_STATE_INVALID");
}

Injected Expect(const std::string& code, Severity severity, const std::string& path, std::string subject = "") {
  return {.name = "",
          .code = code,
          .severity = severity,
          .path = path,
          .subject_id = std::move(subject),
          .repairable = IsRepairable(code, path)};
}

void WriteScript(const std::string& path, const std::string& body) {
  const fs::path file = path;
  const StoreRoot folder{.path = file.parent_path().string()};
  fs::remove(file);  // another file, not the old one with other bytes and its old time
  folder.Write(file.filename().string(), "#!/bin/sh\n" + body + "\n");
  chmod(path.c_str(), 0755);
}

// What follows the configuration that a developer already has, or an empty one.
Json Global(const StoreRoot& folder) {
  if (!fs::exists(folder.path + "/config.json")) return Json::object();
  Json config = Json::parse(folder.Read("config.json"), nullptr, false);
  return config.is_object() ? config : Json::object();
}

Inject GlobalText(std::string text, std::string code) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot folder{.path = victims.home() + "/.config/dgmo"};
    folder.Write("config.json", text);
    return Expect(code, Severity::kP1, folder.path + "/config.json");
  };
}

Inject GlobalKey(std::string pointer, Json value) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot folder{.path = victims.home() + "/.config/dgmo"};
    Json config = Global(folder);
    config[Json::json_pointer(pointer)] = value;
    folder.Write("config.json", config.dump(2));
    return Expect("CONFIG_SCHEMA_INVALID", Severity::kP1, folder.path + "/config.json");
  };
}

absl::StatusOr<Injected> LegacyToml(Victims& victims) {
  const StoreRoot folder{.path = victims.home() + "/.config/dgmo"};
  folder.Write("config", "provider = \"anthropic\"\nmodel = \"claude-sonnet-4\"\nmax_tokens = 5000\n");
  return Expect("CONFIG_SCHEMA_INVALID", Severity::kP1, folder.path + "/config");
}

Json Server(const std::string& url, const std::string& collection, const std::string& model) {
  Json environment = Json::object();
  if (!url.empty()) environment["QDRANT_URL"] = url;
  if (!collection.empty()) environment["COLLECTION_NAME"] = collection;
  if (!model.empty()) environment["EMBEDDING_MODEL"] = model;
  return {{"type", "local"}, {"command", {"uvx", "mcp-server-qdrant"}}, {"environment", environment}};
}

Inject QdrantServer(std::string url, std::string collection, std::string model) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot folder{.path = victims.home() + "/.config/dgmo"};
    Json config = Global(folder);
    config["mcp"]["qdrant"] = Server(url, collection, model);
    folder.Write("config.json", config.dump());
    return Expect("CONFIG_MCP_QDRANT_MISMATCH", Severity::kP2, folder.path + "/config.json", "qdrant");
  };
}

absl::StatusOr<Injected> ServersStayedBehind(Victims& victims) {
  const StoreRoot former{.path = victims.home() + "/.config/opencode"};
  Json config = Global(former);
  config["mcp"]["stayed-behind"] = {{"type", "remote"}, {"url", "http://127.0.0.1:3000/sse"}};
  former.Write("config.json", config.dump());
  fs::create_directories(victims.home() + "/.config/dgmo");
  return Expect("CONFIG_LEGACY_LOCATION", Severity::kP2, former.path + "/config.json");
}

// A checkout in the home that the newest answer of a store was given in.
absl::StatusOr<std::string> Checkout(Victims& victims) {
  const StoreRoot* newest_root = nullptr;
  std::string newest;
  std::int64_t newest_ms = 0;
  for (const StoreRoot& root : victims.roots()) {
    if (root.guide) continue;
    for (const auto& [session, paths] : root.messages) {
      for (const std::string& path : paths) {
        const Json message = Json::parse(root.Read(path), nullptr, false);
        if (!message.is_object() || message.value("role", "") != "assistant") continue;
        if (root.MtimeMs(path) <= newest_ms) continue;
        newest_ms = root.MtimeMs(path);
        newest = path;
        newest_root = &root;
      }
    }
  }
  if (newest_root == nullptr) return NothingToBreak("answer");
  // The whole conversation: several of its files may carry the same time.
  const std::string checkout = fs::canonical(victims.home()).string() + "/src/broken-checkout";
  fs::create_directories(checkout + "/.git");
  for (const auto& [session, paths] : newest_root->messages) {
    if (newest.find(session) == std::string::npos) continue;
    for (const std::string& path : paths) {
      Json message = Json::parse(newest_root->Read(path), nullptr, false);
      if (!message.is_object() || message.value("role", "") != "assistant") continue;
      message["metadata"]["assistant"]["path"] = {{"cwd", checkout}, {"root", checkout}};
      newest_root->Write(path, message.dump());
    }
  }
  return checkout;
}

Inject ProjectFile(std::string name, std::string text, std::string code, Severity severity) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const absl::StatusOr<std::string> checkout = Checkout(victims);
    if (!checkout.ok()) return checkout.status();
    const StoreRoot folder{.path = *checkout};
    folder.Write(name, text);
    return Expect(code, severity, folder.path + "/" + name);
  };
}

Inject GuideFile(std::string name, std::string text, std::string code) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot* root = victims.AnyRoot(true);
    if (root == nullptr) return NothingToBreak("workspace of the guide");
    const std::string path = ".opencode/" + name;
    if (code == "CONFIG_MISSING") {
      root->Remove(path);
    } else {
      root->Write(path, text);
    }
    return Expect(code, Severity::kP2, root->path + "/" + path);
  };
}

absl::StatusOr<Injected> TuiState(Victims& victims) {
  const StoreRoot folder{.path = victims.home() + "/.local/state/dgmo"};
  folder.Write("tui", "theme = \"dgmo\"\nprovider = \"anth");
  return Expect("APP_STATE_INVALID", Severity::kP3, folder.path + "/tui");
}

std::string OwnProgram(const Victims& victims) { return victims.home() + "/.local/bin/dgmo"; }

// Only where nothing else is found instead of the home's own.
bool IsInstalledElsewhere() {
  const char* variable = std::getenv("PATH");
  std::string path = std::string(variable == nullptr ? "" : variable) + ":/usr/local/bin:/usr/bin:";
  for (std::size_t at = 0; at < path.size(); at = path.find(':', at) + 1) {
    if (fs::exists(path.substr(at, path.find(':', at) - at) + "/dgmo")) return true;
  }
  return false;
}

absl::StatusOr<Injected> NotInstalled(Victims& victims) {
  if (!fs::exists(OwnProgram(victims)) || IsInstalledElsewhere()) return NothingToBreak("dgmo of the home's own");
  if (!victims.Main()) return NothingToBreak("session");
  fs::remove(OwnProgram(victims));
  return Expect("DGMO_NOT_INSTALLED", Severity::kP1, victims.home() + "/.dgmo/bin/dgmo");
}

Inject Program(std::string body, Severity severity, std::string subject) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const auto wanted = [](const StoreRoot& root, const std::string& id) {
      const std::string version = root.infos.at(id).value("version", "");
      return !root.guide && root.path.find("/dgmo/project/") != std::string::npos && version.find('.') == 1;
    };
    if (!victims.Session(wanted)) return NothingToBreak("session with a version");
    WriteScript(OwnProgram(victims), body);
    return Expect("VERSION_MISMATCH", severity, OwnProgram(victims), subject);
  };
}

}  // namespace

void AddConfigFaults(std::vector<Fault>& faults) {
  const char* kCommented = "{\n  // at night\n  \"theme\": \"nord\"\n}\n";
  const char* kUnknown = R"({"name":"dgmstt","version":"1.0.0","agentMode":"all-tools"})";
  const char* kModel = "sentence-transformers/all-MiniLM-L6-v2";
  const std::vector<Fault> all = {
      {{"config-comments", "the global configuration has a comment"}, GlobalText(kCommented, "CONFIG_JSONC_COMMENTS")},
      {{"config-trailing-comma", "the global configuration has a comma too many"},
       GlobalText("{\"theme\":\"nord\",}", "CONFIG_JSONC_COMMENTS")},
      {{"config-unknown-key", "a key that dgmo does not know"}, GlobalKey("/name", "dgmstt")},
      {{"config-wrong-type", "a text where dgmo expects true or false"}, GlobalKey("/autoupdate", "yes")},
      {{"config-wrong-choice", "an agent mode that does not exist"}, GlobalKey("/agentMode", "everything")},
      {{"config-unknown-keybind", "a key bound to an action that does not exist"},
       GlobalKey("/keybinds", {{"fly", "ctrl+f"}})},
      {{"config-server-unknown-key", "an MCP server with a key that dgmo does not know"},
       GlobalKey("/mcp", {{"docs", {{"type", "remote"}, {"url", "http://h"}, {"headers", Json::object()}}}})},
      {{"config-legacy-toml", "an old TOML file that becomes a configuration dgmo refuses"}, LegacyToml},
      {{"config-legacy-location", "MCP servers stayed where dgmo looked before it was renamed"}, ServersStayedBehind},
      {{"config-qdrant-collection", "memories go to another collection"},
       QdrantServer("http://localhost:6333", "Other", kModel)},
      {{"config-qdrant-model", "memories are embedded by another model"},
       QdrantServer("http://localhost:6333", "AgentMemories", "BAAI/bge-small-en-v1.5")},
      {{"config-qdrant-url", "memories go to another server"},
       QdrantServer("http://10.1.2.3:6333", "AgentMemories", kModel)},
      {{"project-config-comments", "a project's configuration has comments"},
       ProjectFile("dgmo.jsonc", kCommented, "CONFIG_JSONC_COMMENTS", Severity::kP1)},
      {{"project-config-unknown-key", "a project's configuration has a key that dgmo does not know"},
       ProjectFile("dgmo.json", kUnknown, "CONFIG_SCHEMA_INVALID", Severity::kP1)},
      {{"project-config-truncated", "a project's configuration ends in the middle"},
       ProjectFile("dgmo.json", "{\"theme\":\"no", "CONFIG_JSON_TRUNCATED", Severity::kP1)},
      {{"project-config-legacy-name", "a project's configuration has dgmo's former name"},
       ProjectFile("opencode.json", "{\"theme\":\"nord\"}", "CONFIG_LEGACY_FILENAME", Severity::kP2)},
      {{"guide-config-missing", "a used workspace without its configuration"},
       GuideFile("config.json", "", "CONFIG_MISSING")},
      {{"guide-app-missing", "a used workspace without its app file"}, GuideFile("app.json", "", "CONFIG_MISSING")},
      {{"guide-state-empty", "the state file of a workspace is empty"},
       GuideFile("state.json", "", "APP_STATE_INVALID")},
      {{"guide-state-truncated", "the state file of a workspace ends in the middle"},
       GuideFile("state.json", "{\"lastSession\":", "APP_STATE_INVALID")},
      {{"tui-state-truncated", "the state of the TUI ends in the middle"}, TuiState},
      {{"dgmo-removed", "dgmo is gone, the sessions are not"}, NotInstalled},
      {{"dgmo-too-old", "dgmo is older than what wrote the sessions"},
       Program("echo 0.0.1", Severity::kP3, "dgmo sessions")},
      {{"dgmo-broken", "dgmo cannot be started"}, Program("exit 127", Severity::kP2, "dgmo")},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
