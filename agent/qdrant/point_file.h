#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/store/descriptor.h"
#include "common/sha256.h"

namespace fleet::agent {

// Points as lines of JSON, {"id", "payload", "vector"} each; numbers keep their value. Holds private notes: only its
// owner can read it. Blocks on the disk.

struct PointFileSummary {
  std::int64_t points = 0;
  std::int64_t bytes = 0;
  std::string sha256;
};

// Writes one; the name is there only once all of it is durable.
class PointFileWriter {
 public:
  // Replaces a file of that name when it is finished.
  static absl::StatusOr<PointFileWriter> Open(const std::string& path);
  PointFileWriter(PointFileWriter&&) = default;
  ~PointFileWriter();

  absl::Status Add(const nlohmann::json& point);
  absl::StatusOr<PointFileSummary> Finish();

 private:
  PointFileWriter(std::string path, Descriptor file);
  absl::Status Flush();

  std::string path_;
  Descriptor file_;
  std::string buffer_;
  std::unique_ptr<Sha256> hash_;
  PointFileSummary summary_;
};

// Hands the points over in its order, `size` at a time. DataLoss when a line is no point.
absl::Status ReadPointFile(const std::string& path, std::size_t size,
                           absl::FunctionRef<absl::Status(const std::vector<nlohmann::json>&)> take);

}  // namespace fleet::agent
