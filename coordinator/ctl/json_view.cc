#include "coordinator/ctl/json_view.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "common/finding_json.h"
#include "common/finding_wire.h"
#include "coordinator/ctl/enum_text.h"

namespace fleet::coordinator {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::ordered_json;

Json FieldsOf(const Message& message);

// Types with a form of their own come first; everything else follows its descriptor.
Json MessageJson(const Message& message) {
  if (message.GetDescriptor() == v1::EvidenceValue::descriptor()) {
    const auto& value = static_cast<const v1::EvidenceValue&>(message);
    return value.has_number() ? Json(value.number()) : Json(value.text());
  }
  if (message.GetDescriptor() == v1::Finding::descriptor()) {
    const absl::StatusOr<Finding> finding = FromWire(static_cast<const v1::Finding&>(message));
    if (finding.ok()) return ToJson(*finding);
  }
  return FieldsOf(message);
}

Json SingleJson(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64: return reflection.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32: return reflection.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64: return reflection.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE: return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_FLOAT: return reflection.GetFloat(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_STRING: return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM: return EnumText(*field.enum_type(), reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!reflection.HasField(message, &field)) return nullptr;
      return MessageJson(reflection.GetMessage(message, &field));
  }
  return nullptr;
}

Json ElementJson(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64: return reflection.GetRepeatedInt64(message, &field, index);
    case FieldDescriptor::CPPTYPE_STRING: return reflection.GetRepeatedString(message, &field, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*field.enum_type(), reflection.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE: return MessageJson(reflection.GetRepeatedMessage(message, &field, index));
    default: return nullptr;  // the contract repeats no other type
  }
}

Json ListJson(const Message& message, const FieldDescriptor& field) {
  Json json = Json::array();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    json.push_back(ElementJson(message, field, i));
  }
  return json;
}

Json MapJson(const Message& message, const FieldDescriptor& field) {
  std::map<std::string, Json> sorted;  // so that the same answer is the same text
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const auto& type = *entry.GetDescriptor();
    sorted[entry.GetReflection()->GetString(entry, type.map_key())] = SingleJson(entry, *type.map_value());
  }
  Json json = Json::object();
  for (auto& [key, value] : sorted) json[key] = std::move(value);
  return json;
}

Json FieldJson(const Message& message, const FieldDescriptor& field) {
  if (field.is_map()) return MapJson(message, field);
  return field.is_repeated() ? ListJson(message, field) : SingleJson(message, field);
}

Json FieldsOf(const Message& message) {
  Json json = Json::object();
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.containing_oneof() != nullptr && !message.GetReflection()->HasField(message, &field)) continue;
    json[field.name()] = FieldJson(message, field);
  }
  return json;
}

}  // namespace

nlohmann::ordered_json ToJsonView(const Message& message) { return MessageJson(message); }

std::string JsonDocument(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string JsonLine(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fleet::coordinator
