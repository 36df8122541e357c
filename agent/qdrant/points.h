#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace fleet::agent {

// Points of a collection as the REST interface gives them: {"id", "payload", "vector"}. Pure.

// A vector that is to have another name; the unnamed one is "".
struct VectorRename {
  std::string from;
  std::string to;
};

// The point as it is written back: every vector of it under its name, and a payload even when it has none, since what
// is left out may survive from an earlier state of the point.
nlohmann::json Rekeyed(const nlohmann::json& point, const VectorRename& rename);

// Whether it has a dense vector of this name.
bool HasVector(const nlohmann::json& point, const std::string& name);

// How one point that was copied compares with what it was copied from. Servers may normalise vectors that are compared
// by angle once more: a number may then differ in its last places.
struct PointComparison {
  bool is_same = false;
  bool is_rounded = false;      // the same but for rounding
  std::string difference = {};  // "its payload differs"
};
PointComparison Compare(const nlohmann::json& expected, const nlohmann::json& found);

// The id as one text, whichever kind it is.
std::string IdText(const nlohmann::json& point);

}  // namespace fleet::agent
