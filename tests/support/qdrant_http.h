#pragma once

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/qdrant_store.h"

namespace fleet {

// What the routes of the Qdrant double share.

inline constexpr char kJson[] = "application/json";

// What a route answers beside a result in the envelope.
struct PlainAnswer {
  int status;
  std::string text;
  const char* type;  // nullptr: no body
};
[[noreturn]] inline void NoRoute() { throw PlainAnswer{404, "", nullptr}; }

// ?wait=, and the body as JSON, with the errors of Qdrant.
inline bool Waits(const httplib::Request& request, bool otherwise) {
  if (!request.has_param("wait")) return otherwise;
  const std::string value = request.get_param_value("wait");
  if (value != "true" && value != "false") {
    throw QdrantError{400, "Deserialize error in query parameters: provided string was not `true` or `false`"};
  }
  return value == "true";
}

inline nlohmann::json Body(const httplib::Request& request) {
  if (request.body.empty())
    throw QdrantError{400, "Format error in JSON body: EOF while parsing a value at line 1 column 0"};
  nlohmann::json json = nlohmann::json::parse(request.body, nullptr, false);
  if (json.is_discarded()) throw QdrantError{400, "Format error in JSON body: expected value at line 1 column 1"};
  return json;
}

}  // namespace fleet
