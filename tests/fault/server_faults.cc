#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

// Nothing listens on the port of "discard" any more.
constexpr char kClosed[] = "http://127.0.0.1:9";

// The configuration that a developer already has, with one MCP server more.
StoreRoot AddServer(const Victims& victims, const std::string& name, Json server) {
  StoreRoot folder{.path = victims.home() + "/.config/dgmo"};
  Json config = Json::object();
  if (fs::exists(folder.path + "/config.json")) {
    config = Json::parse(folder.Read("config.json"), nullptr, false);
    if (!config.is_object()) config = Json::object();
  }
  config["mcp"][name] = std::move(server);
  folder.Write("config.json", config.dump(2));
  return folder;
}

Injected Expect(std::string code, Severity severity, std::string path, std::string subject = "") {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = std::move(path),
          .subject_id = std::move(subject),
          .repairable = false};
}

Inject UnreachableServer(Json server) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot folder = AddServer(victims, "docs", server);
    return Expect("MCP_UNREACHABLE", Severity::kP2, folder.path + "/config.json", "docs");
  };
}

absl::StatusOr<Injected> NotExecutable(Victims& victims) {
  const StoreRoot programs{.path = victims.home() + "/tools"};
  programs.Write("docs-server", "#!/bin/sh\n");
  chmod((programs.path + "/docs-server").c_str(), 0644);
  return UnreachableServer({{"type", "local"}, {"command", {programs.path + "/docs-server"}}})(victims);
}

absl::StatusOr<Injected> QdrantRefused(Victims& victims) {
  AddServer(victims, "qdrant",
            {{"type", "local"},
             {"command", {"uvx", "mcp-server-qdrant"}},
             {"environment", {{"QDRANT_URL", kClosed}, {"COLLECTION_NAME", "AgentMemories"}}}});
  return Expect("QDRANT_DOWN", Severity::kP1, kClosed);
}

}  // namespace

void AddServerFaults(std::vector<Fault>& faults) {
  const std::vector<Fault> all = {
      {{"mcp-program-missing", "an MCP server whose program is not installed"},
       UnreachableServer({{"type", "local"}, {"command", {"no-such-mcp-server", "--port", "1"}}})},
      {{"mcp-program-not-executable", "an MCP server whose program may not be run"}, NotExecutable},
      {{"mcp-remote-refused", "a remote MCP server that is not there"},
       UnreachableServer({{"type", "remote"}, {"url", std::string(kClosed) + "/mcp"}})},
      {{"qdrant-refused", "the configured Qdrant server is not there"}, QdrantRefused},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
