#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

#include "common/finding.h"
#include "coordinator/core/rows.h"
#include "coordinator/store/sql_connection.h"

namespace fleet::coordinator {

// A protobuf message as one JSON document, and a finding likewise.
std::string JsonText(const google::protobuf::Message& message);
std::string JsonText(const Finding& finding);

// Reads the columns of one row one after another. The first that does not fit is remembered, and nothing read
// after it means anything.
class ColumnReader {
 public:
  explicit ColumnReader(SqlRow columns) : columns_(columns) {}

  std::string Text();
  std::int64_t Int();
  std::int64_t IntBelow(std::int64_t limit);  // 0 to limit - 1
  bool Bool() { return IntBelow(2) == 1; }
  // Skips the column when its text is empty.
  bool AtEmptyText();
  void Json(google::protobuf::Message& message);
  FindingPtr FindingColumn();

  // DataLoss with the number of the column.
  absl::Status status() const;

 private:
  const SqlValue* Next();
  void Fail() { failed_ = true; }

  SqlRow columns_;
  std::size_t next_ = 0;
  bool failed_ = false;
};

}  // namespace fleet::coordinator
