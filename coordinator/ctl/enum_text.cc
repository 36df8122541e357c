#include "coordinator/ctl/enum_text.h"

#include <algorithm>
#include <cctype>

namespace fleet::coordinator {

namespace {

// "CommandState" -> "COMMAND_STATE_"
std::string PrefixOf(const std::string& type_name) {
  std::string prefix;
  for (const char c : type_name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return prefix + "_";
}

bool KeepsCapitals(const google::protobuf::EnumDescriptor& type) {
  return &type == v1::Severity_descriptor() || &type == v1::CommandState_descriptor();
}

}  // namespace

std::string EnumText(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return std::to_string(number);
  const std::string prefix = PrefixOf(type.name());
  std::string text = value->name();
  if (text.rfind(prefix, 0) == 0) text.erase(0, prefix.size());
  if (KeepsCapitals(type)) return text;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

int EnumNamed(const google::protobuf::EnumDescriptor& type, std::string_view text) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (EnumText(type, type.value(i)->number()) == text) return type.value(i)->number();
  }
  return 0;
}

std::string Text(v1::Severity severity) { return EnumText(*v1::Severity_descriptor(), severity); }
std::string Text(v1::CommandState state) { return EnumText(*v1::CommandState_descriptor(), state); }
std::string Text(v1::IncidentState state) { return EnumText(*v1::IncidentState_descriptor(), state); }
std::string Text(v1::DispatchState state) { return EnumText(*v1::DispatchState_descriptor(), state); }

bool HasEnded(v1::CommandState state) {
  return state != v1::COMMAND_STATE_QUEUED && state != v1::COMMAND_STATE_DELIVERED &&
         state != v1::COMMAND_STATE_STARTED;
}

std::string_view SymbolOf(std::string_view health) {
  for (int i = 0; i <= static_cast<int>(Health::kEmergency); ++i) {
    if (HealthText(static_cast<Health>(i)) == health) return HealthSymbol(static_cast<Health>(i));
  }
  return "?";
}

}  // namespace fleet::coordinator
