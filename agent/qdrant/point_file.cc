#include "agent/qdrant/point_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kBuffer = 1 << 20;

std::string StagedOf(const std::string& path) { return path + ".part"; }

}  // namespace

PointFileWriter::PointFileWriter(std::string path, Descriptor file)
    : path_(std::move(path)), file_(std::move(file)), hash_(std::make_unique<Sha256>()) {}

absl::StatusOr<PointFileWriter> PointFileWriter::Open(const std::string& path) {
  const std::string staged = StagedOf(path);
  Descriptor file(open(staged.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(staged));
  return PointFileWriter(path, std::move(file));
}

PointFileWriter::~PointFileWriter() {
  if (file_.valid()) unlink(StagedOf(path_).c_str());
}

absl::Status PointFileWriter::Flush() {
  RETURN_IF_ERROR(Annotate(WriteAll(file_.get(), buffer_), ToUtf8(path_)));
  hash_->Add(buffer_);
  summary_.bytes += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status PointFileWriter::Add(const nlohmann::json& point) {
  buffer_ += point.dump();
  buffer_ += '\n';
  ++summary_.points;
  return buffer_.size() < kBuffer ? absl::OkStatus() : Flush();
}

absl::StatusOr<PointFileSummary> PointFileWriter::Finish() {
  RETURN_IF_ERROR(Flush());
  if (fsync(file_.get()) != 0) return FromErrno(errno, "cannot sync " + ToUtf8(path_));
  if (rename(StagedOf(path_).c_str(), path_.c_str()) != 0) {
    return FromErrno(errno, "cannot put in place " + ToUtf8(path_));
  }
  { const Descriptor closed = std::move(file_); }
  RETURN_IF_ERROR(SyncFolder(std::filesystem::path(path_).parent_path()));
  summary_.sha256 = hash_->Hex();
  return summary_;
}

absl::Status ReadPointFile(const std::string& path, std::size_t size,
                           absl::FunctionRef<absl::Status(const std::vector<nlohmann::json>&)> take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return FromErrno(errno == 0 ? EIO : errno, "cannot open " + ToUtf8(path));
  std::vector<nlohmann::json> points;
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    nlohmann::json point = nlohmann::json::parse(line, nullptr, false);
    if (!point.is_object() || !point.contains("id")) {
      return DataLoss(ToUtf8(path) + ": line " + std::to_string(number) + " is no point");
    }
    points.push_back(std::move(point));
    if (points.size() < size) continue;
    RETURN_IF_ERROR(take(points));
    points.clear();
  }
  if (file.bad()) return FromErrno(EIO, "cannot read " + ToUtf8(path));
  return points.empty() ? absl::OkStatus() : take(points);
}

}  // namespace fleet::agent
