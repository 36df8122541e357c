#include "agent/qdrant/points.h"

#include <algorithm>
#include <cmath>

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr double kRounding = 1e-5;

Json Member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? Json() : *found;
}

// Old servers say null and new ones leave out what is not there.
Json PayloadOf(const Json& point) {
  Json payload = Member(point, "payload");
  return payload.is_object() ? payload : Json::object();
}

// By name; the unnamed one under "".
Json VectorsOf(const Json& point) {
  Json vector = Member(point, "vector");
  if (vector.is_array()) return {{"", std::move(vector)}};
  return vector.is_object() ? vector : Json::object();
}

bool IsDense(const Json& vector) {
  return vector.is_array() && std::all_of(vector.begin(), vector.end(), [](const Json& n) { return n.is_number(); });
}

// 0 equal as the numbers of the server (32 bits), 1 but for rounding, 2 different.
int DifferenceOf(const Json& a, const Json& b) {
  if (!IsDense(a) || !IsDense(b)) return a == b ? 0 : 2;
  if (a.size() != b.size()) return 2;
  double length_a = 0;
  double length_b = 0;
  bool is_equal = true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    is_equal = is_equal && a[i].get<float>() == b[i].get<float>();
    length_a += a[i].get<double>() * a[i].get<double>();
    length_b += b[i].get<double>() * b[i].get<double>();
  }
  if (is_equal) return 0;
  length_a = std::sqrt(length_a);
  length_b = std::sqrt(length_b);
  if (length_a == 0 || length_b == 0) return 2;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i].get<double>() / length_a - b[i].get<double>() / length_b) > kRounding) return 2;
  }
  return 1;
}

}  // namespace

Json Rekeyed(const Json& point, const VectorRename& rename) {
  Json vectors = VectorsOf(point);
  if (const auto found = vectors.find(rename.from); found != vectors.end() && rename.from != rename.to) {
    Json vector = std::move(*found);
    vectors.erase(rename.from);
    vectors[rename.to] = std::move(vector);
  }
  return {{"id", point.at("id")}, {"payload", PayloadOf(point)}, {"vector", std::move(vectors)}};
}

bool HasVector(const Json& point, const std::string& name) {
  const Json vectors = VectorsOf(point);
  const auto found = vectors.find(name);
  return found != vectors.end() && IsDense(*found) && !found->empty();
}

PointComparison Compare(const Json& expected, const Json& found) {
  if (PayloadOf(expected) != PayloadOf(found)) return {.difference = "its payload differs"};
  const Json wanted = VectorsOf(expected);
  const Json there = VectorsOf(found);
  if (wanted.size() != there.size()) return {.difference = "it has other vectors"};
  PointComparison comparison{.is_same = true};
  for (const auto& [name, vector] : wanted.items()) {
    const auto other = there.find(name);
    const int difference = other == there.end() ? 2 : DifferenceOf(vector, *other);
    if (difference == 2) return {.difference = "its vector differs"};
    comparison.is_rounded = comparison.is_rounded || difference == 1;
  }
  return comparison;
}

std::string IdText(const Json& point) {
  const Json id = Member(point, "id");
  return id.is_string() ? id.get<std::string>() : id.dump();
}

}  // namespace fleet::agent
