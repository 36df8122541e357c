#include "coordinator/store/column_reader.h"

#include <google/protobuf/util/json_util.h>

#include "common/finding_wire.h"
#include "common/status.h"

namespace fleet::coordinator {

std::string JsonText(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // Fails only for messages that the wire would have refused (texts that are not UTF-8).
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  return text;
}

std::string JsonText(const Finding& finding) { return JsonText(ToWire(finding)); }

const SqlValue* ColumnReader::Next() {
  if (failed_ || next_ >= columns_.size()) {
    Fail();
    return nullptr;
  }
  return &columns_[next_++];
}

std::string ColumnReader::Text() {
  const SqlValue* value = Next();
  if (value == nullptr) return "";
  if (const auto* text = std::get_if<std::string>(value)) return *text;
  Fail();
  return "";
}

std::int64_t ColumnReader::Int() {
  const SqlValue* value = Next();
  if (value == nullptr) return 0;
  if (const auto* number = std::get_if<std::int64_t>(value)) return *number;
  Fail();
  return 0;
}

std::int64_t ColumnReader::IntBelow(std::int64_t limit) {
  const std::int64_t value = Int();
  if (value >= 0 && value < limit) return value;
  Fail();
  return 0;
}

bool ColumnReader::AtEmptyText() {
  const bool empty = next_ < columns_.size() && columns_[next_] == SqlValue(std::string());
  if (empty) ++next_;
  return empty;
}

void ColumnReader::Json(google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const std::string text = Text();
  if (!google::protobuf::util::JsonStringToMessage(text, &message, options).ok()) Fail();
}

FindingPtr ColumnReader::FindingColumn() {
  v1::Finding wire;
  Json(wire);
  absl::StatusOr<Finding> finding = FromWire(wire);
  if (finding.ok()) return std::make_shared<const Finding>(*std::move(finding));
  Fail();
  return std::make_shared<const Finding>();
}

absl::Status ColumnReader::status() const {
  if (!failed_) return absl::OkStatus();
  return DataLoss("column " + std::to_string(next_) + " does not hold what this program writes");
}

}  // namespace fleet::coordinator
