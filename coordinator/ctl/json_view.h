#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fleet::coordinator {

// A message of the wire contract as --json prints it: the field names of the contract, 64-bit numbers as numbers, enum
// values as short texts, findings in the form every --json output of the project gives them. Fields that are not
// set appear with their default; messages that are not set as null, except the alternatives of a oneof, of which only
// the one that is set appears.
nlohmann::ordered_json ToJsonView(const google::protobuf::Message& message);

// The text of a document; never throws on bad UTF-8.
std::string JsonDocument(const nlohmann::ordered_json& json);
std::string JsonLine(const nlohmann::ordered_json& json);

}  // namespace fleet::coordinator
