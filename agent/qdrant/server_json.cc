#include "agent/qdrant/server_json.h"

namespace fleet::agent {

nlohmann::json At(const nlohmann::json& json, std::initializer_list<const char*> names) {
  const nlohmann::json* at = &json;
  for (const char* name : names) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return *at;
}

std::string TextAt(const nlohmann::json& json, const char* name) {
  const nlohmann::json text = At(json, {name});
  return text.is_string() ? text.get<std::string>() : "";
}

}  // namespace fleet::agent
