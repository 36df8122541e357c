#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace fleet::agent {

// Looking into answers of a server, which may have any form. Pure.

// What lies at the end of these names; null when it is not there.
nlohmann::json At(const nlohmann::json& json, std::initializer_list<const char*> names);

// The text of that name; empty when there is none.
std::string TextAt(const nlohmann::json& json, const char* name);

}  // namespace fleet::agent
