#include "agent/checks/qdrant_entry.h"

#include <algorithm>
#include <cctype>

namespace fleet::agent {

namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool SpeaksOfQdrant(const std::string& text) { return Lower(text).find("qdrant") != std::string::npos; }

// The same address in one spelling: of this machine's names, of the port that goes without saying.
std::string Address(const std::string& url) {
  std::string address = Lower(url);
  while (!address.empty() && address.back() == '/') address.pop_back();
  const std::size_t scheme = address.find("://");
  std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  for (const std::string name : {"127.0.0.1", "[::1]", "0.0.0.0"}) {
    if (address.compare(host, name.size(), name) == 0) address.replace(host, name.size(), "localhost");
  }
  const std::size_t end = std::min(address.find('/', host), address.size());
  if (address.substr(host, end - host).find(':') == std::string::npos) address.insert(end, ":6333");
  return scheme == std::string::npos ? "http://" + address : address;
}

// The vector's name is made of the last part of it only.
std::string Model(const std::string& name) { return Lower(name.substr(name.rfind('/') + 1)); }

}  // namespace

bool IsQdrantEntry(const McpEntry& entry) {
  if (SpeaksOfQdrant(entry.name)) return true;
  if (std::any_of(entry.command.begin(), entry.command.end(), SpeaksOfQdrant)) return true;
  return std::any_of(entry.environment.begin(), entry.environment.end(),
                     [](const auto& variable) { return SpeaksOfQdrant(variable.first); });
}

std::vector<QdrantDifference> DifferencesOf(const McpEntry& entry, const CheckSettings& settings) {
  std::vector<QdrantDifference> differences;
  if (entry.type != McpEntry::Type::kLocal) return differences;
  const auto value = [&](const char* name) {
    const auto found = entry.environment.find(name);
    return found == entry.environment.end() ? std::string() : found->second;
  };
  const auto compare = [&](const char* name, bool equal) {
    if (!equal) differences.push_back({name, value(name).empty() ? "missing" : "differs"});
  };
  compare("QDRANT_URL", !value("QDRANT_URL").empty() && Address(value("QDRANT_URL")) == Address(settings.qdrant_url));
  compare("COLLECTION_NAME", value("COLLECTION_NAME") == settings.qdrant_collection);
  compare("EMBEDDING_MODEL",
          value("EMBEDDING_MODEL").empty() || Model(value("EMBEDDING_MODEL")) == Model(settings.embedding_model));
  return differences;
}

}  // namespace fleet::agent
