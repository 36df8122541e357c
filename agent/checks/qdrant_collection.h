#pragma once

#include <vector>

#include "agent/checks/root_view.h"

namespace fleet::agent {

// The rules about the collection in a Qdrant server that answers; CheckQdrant, which looks at the server, calls them.

// Whether the server holds the collection as the MCP server of the home wants it, so that its count can be trusted.
bool IsGoodCollection(const QdrantFacts& facts, const CheckSettings& settings);

// A finding about the server (its root and path are the URL) or about the collection, of which `about_collection`
// tells. Lesser than the catalogue has it where nothing here uses Qdrant.
Finding DraftQdrantFinding(const QdrantFacts& facts, std::string_view code, bool about_collection);

void CheckQdrantCollection(const QdrantFacts& facts, const CheckSettings& settings, std::vector<Finding>& findings);

}  // namespace fleet::agent
