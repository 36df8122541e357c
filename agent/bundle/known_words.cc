#include "agent/bundle/known_words.h"

#include <re2/re2.h>

#include <set>

namespace fleet::agent {

namespace {

using Words = std::set<std::string_view>;

bool FullMatch(std::string_view text, const RE2& pattern) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

}  // namespace

bool IsKnownComponent(std::string_view component) {
  static const Words kWords = {".",
                               "bin",
                               "boot",
                               "dev",
                               "etc",
                               "home",
                               "lib",
                               "media",
                               "mnt",
                               "opt",
                               "proc",
                               "root",
                               "run",
                               "sbin",
                               "srv",
                               "sys",
                               "tmp",
                               "usr",
                               "var",
                               "local",
                               "share",
                               "log",
                               "lib64",
                               "shm",
                               "dgmo",
                               "opencode",
                               "qdrant",
                               "bun",
                               "node",
                               ".local",
                               ".config",
                               ".cache",
                               ".dgmo",
                               ".opencode",
                               ".bun",
                               ".npm-global",
                               "state",
                               "project",
                               "storage",
                               "session",
                               "info",
                               "message",
                               "messages",
                               "sub-sessions",
                               "sub-session-index",
                               "performance",
                               "checkpoint",
                               "objects",
                               "evolution",
                               "history",
                               "generation",
                               "metrics",
                               "patterns",
                               "analytics",
                               "prompting",
                               "sessions",
                               "User",
                               "workspaceStorage",
                               "logs",
                               "backups",
                               "providers",
                               "plugin",
                               "global",
                               "unified",
                               "dgmo-debug",
                               "dgmo-agent",
                               "repairs",
                               "quarantine",
                               "config",
                               "tui",
                               "app.json",
                               "auth.json",
                               "config.json",
                               "dgmo.json",
                               "dgmo.jsonc",
                               "opencode.json",
                               "opencode.jsonc",
                               "config.json.backup",
                               "state.json",
                               "index.json",
                               "session.json",
                               "info.json",
                               "models.json",
                               "package.json",
                               "migration-report.json",
                               "performance.json",
                               "tui.log",
                               "system.log",
                               "error.log",
                               "task-debug.log",
                               "AGENTS.md",
                               "copilot.ts",
                               "node_modules",
                               "AgentMemories"};
  static const RE2 kDocument(R"((?:ses|msg|chk|usr)_[0-9a-f]{12}[0-9A-Za-z]{14}(?:\.json)?(?:1\d{12}\.tmp)?)");
  static const RE2 kNumber(R"((?:\d{1,7}|1\d{12})(?:\.json)?)");
  static const RE2 kDated(
      R"((?:sessions|AgentMemories)(?:_backup)?_\d{4}-?\d\d-?\d\d_\d\d-?\d\d-?\d\d\.(?:tar\.gz|manifest\.json|snapshot|json))"
      R"(|AgentMemories-\d{1,20}-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.snapshot|backup-\d{8}\.tar\.gz|sessions\.backup\.\d{8})"
      R"(|(?:rollback|pre-restore)-\d{8}-\d{6}|session\.corrupted\.\d{8}-\d{6}|\d{4}-\d\d-\d\dT\d{6}\.log)");
  return kWords.count(component) > 0 || FullMatch(component, kDocument) || FullMatch(component, kNumber) ||
         FullMatch(component, kDated);
}

SettingKind KindOfSetting(std::string_view key) {
  static const Words kWords = {
      "$schema", "theme",      "model",           "small_model", "autoshare", "share",
      "type",    "agentMode",  "layout",          "transport",   "npm",       "version",
      "log",     "logLevel",   "log_level",       "mode",        "provider",  "COLLECTION_NAME",
      "keybind", "autoupdate", "EMBEDDING_MODEL", "agent"};
  static const Words kAddresses = {"url", "baseURL", "base_url", "QDRANT_URL", "endpoint"};
  if (kAddresses.count(key) > 0) return SettingKind::kAddress;
  return kWords.count(key) > 0 ? SettingKind::kWord : SettingKind::kFree;
}

bool IsKnownProgram(std::string_view name) {
  static const Words kPrograms = {"npx",      "node",   "bun",     "bunx",   "deno", "uvx",
                                  "uv",       "python", "python3", "docker", "pipx", "dgmo",
                                  "opencode", "qdrant", "podman",  "sh",     "bash", "mcp-server-qdrant"};
  return kPrograms.count(name) > 0;
}

bool IsErrnoName(std::string_view name) {
  static const Words kNames = {
      "ENOENT",       "EACCES",     "EPERM",        "ENOSPC",     "EMFILE",    "ENFILE",  "EDQUOT", "EROFS",  "EIO",
      "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT",    "EADDRINUSE", "EPIPE",     "ENOTDIR", "EISDIR", "EEXIST", "EBUSY",
      "EINVAL",       "ENOMEM",     "ENAMETOOLONG", "ENOTFOUND",  "EAI_AGAIN", "ELOOP",   "ESTALE", "EXDEV"};
  return kNames.count(name) > 0;
}

bool IsOwnText(std::string_view evidence_key) {
  static const Words kKeys = {"fault",   "error",      "problem", "type",     "target_state", "state",
                              "status",  "reason",     "active",  "server",   "kind",         "level",
                              "pattern", "filesystem", "unit",    "distance", "confirmed_by"};
  return kKeys.count(evidence_key) > 0 || evidence_key.substr(0, 5) == "root_";
}

bool IsQuantity(std::string_view text) {
  static const RE2 kQuantity(R"([+-]?\d[\d.,:TZ_+-]{0,31}(?: ?(?:%|ms|s|min|h|d|B|[KMGT]iB|bytes))?)");
  return FullMatch(text, kQuantity);
}

std::string_view KnownExtension(std::string_view name) {
  for (const std::string_view extension : {".json", ".jsonc", ".tmp", ".log", ".tar.gz", ".snapshot", ".txt", ".bak"}) {
    if (name.size() > extension.size() && name.substr(name.size() - extension.size()) == extension) return extension;
  }
  return "";
}

}  // namespace fleet::agent
