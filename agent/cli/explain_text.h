#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "common/rule_catalogue.h"

namespace fleet::agent {

// The catalogue for people and programs. Texts end in a newline.
std::string RuleText(const Rule& rule);
std::string RepairDescriptionText(const RepairDescription& repair);
std::string CatalogueText();
nlohmann::ordered_json RuleJson(const Rule& rule);
nlohmann::ordered_json RepairDescriptionJson(const RepairDescription& repair);
nlohmann::ordered_json CatalogueJson();

// Codes and repair ids that a misspelt one may have meant, likeliest first; a handful at most.
std::vector<std::string> NearNames(std::string_view misspelt);

}  // namespace fleet::agent
