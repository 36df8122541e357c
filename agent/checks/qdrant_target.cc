#include "agent/checks/qdrant_target.h"

#include <algorithm>

#include "agent/checks/qdrant_entry.h"

namespace fleet::agent {

namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string ValueOf(const McpEntry& entry, const char* name) {
  const auto found = entry.environment.find(name);
  return found == entry.environment.end() ? "" : found->second;
}

struct UrlParts {
  std::string_view scheme;     // "http"
  std::string_view user;       // with its "@"
  std::string_view authority;  // host and port
  std::string_view path;       // without query and fragment
};

UrlParts Split(std::string_view url) {
  UrlParts parts;
  const auto scheme = url.find("://");
  parts.scheme = url.substr(0, scheme);
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  const auto slash = std::min(url.find('/'), url.size());
  parts.authority = url.substr(0, slash);
  parts.path = url.substr(slash);
  while (!parts.path.empty() && parts.path.back() == '/') parts.path.remove_suffix(1);
  if (const auto at = parts.authority.rfind('@'); at != std::string_view::npos) {
    parts.user = parts.authority.substr(0, at + 1);
    parts.authority.remove_prefix(at + 1);
  }
  return parts;
}

// Qdrant's own clients read a URL without a scheme as one of http, and without a port as one of 6333.
std::string Completed(std::string_view text) {
  std::string url(text.find("://") == std::string_view::npos ? "http://" + std::string(text) : std::string(text));
  const UrlParts parts = Split(url);
  const auto colon = parts.authority.rfind(':');
  const auto bracket = parts.authority.rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::string complete = std::string(parts.scheme) + "://" + std::string(parts.user) + std::string(parts.authority);
  if (!has_port) complete += ":6333";
  return complete + std::string(parts.path);
}

// A remote entry does not tell which Qdrant is behind it.
int Rank(const McpEntry& entry, const CheckSettings& settings) {
  if (!entry.enabled) return 0;
  if (entry.type == McpEntry::Type::kRemote) return 1;
  return DifferencesOf(entry, settings).empty() ? 3 : 2;
}

}  // namespace

std::string VectorNameOf(std::string_view model) { return "fast-" + Lower(model.substr(model.rfind('/') + 1)); }

std::string AddressOf(std::string_view url) {
  if (url.find("://") == std::string_view::npos) return "";
  const UrlParts parts = Split(url);
  return std::string(parts.scheme) + "://" + std::string(parts.authority) + std::string(parts.path);
}

QdrantTarget QdrantTargetOf(const ConfigFacts& config, const CheckSettings& settings) {
  QdrantTarget target;
  const McpEntry* entry = nullptr;
  for (const McpEntry& candidate : config.mcp_entries) {
    if (!IsQdrantEntry(candidate)) continue;
    target.any_entry = true;
    if (entry == nullptr || Rank(candidate, settings) > Rank(*entry, settings)) entry = &candidate;
  }
  const auto value = [&](const char* name, const std::string& otherwise) {
    std::string text = entry == nullptr ? "" : ValueOf(*entry, name);
    return text.empty() ? otherwise : text;
  };
  target.wanted = settings.memory_required || (entry != nullptr && entry->enabled);
  target.file = entry == nullptr ? "" : entry->file;
  target.url = Completed(value("QDRANT_URL", settings.qdrant_url));
  target.address = AddressOf(target.url);
  target.api_key = value("QDRANT_API_KEY", settings.qdrant_api_key);
  target.collection = value("COLLECTION_NAME", settings.qdrant_collection);
  target.vector_name = VectorNameOf(value("EMBEDDING_MODEL", settings.embedding_model));
  target.embedded =
      entry != nullptr && !ValueOf(*entry, "QDRANT_LOCAL_PATH").empty() && ValueOf(*entry, "QDRANT_URL").empty();
  return target;
}

}  // namespace fleet::agent
