#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/facts/qdrant_facts.h"
#include "common/finding.h"

namespace fleet::agent {

// What `dgmo-agent qdrant status` shows of one home.
struct QdrantState {
  std::string home;
  std::optional<QdrantFacts> facts;  // nullopt: could not be looked at
  std::vector<Finding> findings;
};

// "answers", "refused", "timeout", "not_ready", "wrong_service", "unauthorized", "unknown", "embedded"
std::string_view ServerText(QdrantFacts::Server server);

std::string QdrantText(const std::vector<QdrantState>& states);
nlohmann::ordered_json QdrantJson(const std::vector<QdrantState>& states);

}  // namespace fleet::agent
