#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/qdrant_facts.h"

namespace fleet::agent {

// Reading what a Qdrant server answers, any version, and telling it from what other programs answer. Pure: any bytes
// give a value, and what does not have the expected form is nullopt.

// One answer of the REST interface. Not all errors of Qdrant are JSON: unknown paths have an empty body, and refused
// keys are plain text.
struct QdrantReply {
  enum class Kind : std::uint8_t {
    kResult,        // 200 with the envelope
    kMissing,       // 404 with the envelope: the thing named is not there
    kNoSuchPath,    // 404 without it: the server does not have this call
    kUnauthorized,  // 401, 403
    kFailed,        // 5xx
    kRejected,      // other errors with the envelope
    kForeign,       // not an answer of Qdrant
  };
  Kind kind = Kind::kForeign;
  int status = 0;
  std::string error;      // Qdrant's own text, at most 200 bytes of UTF-8
  nlohmann::json result;  // of kResult
};
QdrantReply ParseReply(int status, std::string_view body);

// The version in the answer to GET /; nullopt: that is no Qdrant.
std::optional<std::string> ParseTitle(std::string_view body);

// Whether a version has a feature that came with `major.minor`. What cannot be read counts as new.
bool IsVersionAtLeast(std::string_view version, int major, int minor);

// Results of GET /collections, GET /collections/{c}, points/count, points/scroll.
std::optional<std::vector<std::string>> ParseCollectionNames(const nlohmann::json& result);
std::optional<CollectionFacts> ParseCollection(const nlohmann::json& result);
std::optional<std::int64_t> ParseCount(const nlohmann::json& result);
std::optional<PointSample> ParseSample(const nlohmann::json& result);

// The vector of the first point of a scroll that has one of this name; "" is the unnamed one. As JSON, to be sent back.
std::optional<std::string> FirstVector(const nlohmann::json& result, std::string_view name);

// The count in the manifest beside a snapshot that was backed up.
std::optional<std::int64_t> ParseManifestCount(std::string_view text);

}  // namespace fleet::agent
