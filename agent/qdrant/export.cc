#include "agent/qdrant/export.h"

#include <filesystem>

#include "agent/qdrant/point_file.h"
#include "agent/qdrant/points.h"
#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kPage = 128;
constexpr std::size_t kMostNamed = 1'000;

class Salvage {
 public:
  Salvage(const QdrantScene& scene, PointFileWriter& file) : scene_(scene), file_(file) {}

  absl::Status Run() {
    Json from;
    do {
      absl::StatusOr<PointPage> page = Next(from);
      if (!page.ok()) {
        // What came before it stays worth having.
        stopped_ = page.status();
        return taken_ > 0 ? absl::OkStatus() : page.status();
      }
      for (const Json& point : page->points) RETURN_IF_ERROR(file_.Add(point));
      taken_ += static_cast<std::int64_t>(page->points.size());
      if (!page->next.is_null() && page->next == from)
        return Fail("wrong_service", "the list of points does not go on");
      from = std::move(page->next);
    } while (!from.is_null());
    return absl::OkStatus();
  }

  bool is_complete() const { return stopped_.ok() && without_vector_.empty() && without_payload_.empty(); }
  const absl::Status& stopped() const { return stopped_; }
  const Json& without_vector() const { return without_vector_; }
  const Json& without_payload() const { return without_payload_; }

 private:
  absl::StatusOr<PointPage> Next(const Json& from) {
    const std::string& name = scene_.target.collection;
    absl::StatusOr<PointPage> page = scene_.admin.Scroll(name, from, limit_);
    while (!page.ok() && limit_ > 1 && IsAboutContent(page.status())) {
      limit_ = std::max(1, limit_ / 8);
      page = scene_.admin.Scroll(name, from, limit_);
    }
    if (page.ok()) {
      limit_ = std::min(limit_ * 2, kPage);
      return page;
    }
    if (!IsAboutContent(page.status())) return page;
    page = scene_.admin.Scroll(name, from, 1, true, false);
    if (page.ok()) return Named(*std::move(page), without_vector_);
    page = scene_.admin.Scroll(name, from, 1, false, false);
    if (page.ok()) return Named(*std::move(page), without_payload_);
    return page;
  }

  static bool IsAboutContent(const absl::Status& status) {
    const std::string reason = ReasonOf(status);
    return reason == "server_error" || reason == "timeout" || reason == "connection_closed" ||
           reason == "wrong_service";
  }

  static PointPage Named(PointPage page, Json& ids) {
    for (const Json& point : page.points) {
      if (ids.size() < kMostNamed) ids.push_back(point.at("id"));
    }
    return page;
  }

  const QdrantScene& scene_;
  PointFileWriter& file_;
  int limit_ = kPage;
  std::int64_t taken_ = 0;
  absl::Status stopped_;
  Json without_vector_ = Json::array();
  Json without_payload_ = Json::array();
};

}  // namespace

absl::StatusOr<ExportRun> ExportPoints(const QdrantScene& scene, const std::string& path) {
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) {
    return Refuse("file_exists", "there is something at " + ToUtf8(path) + " already; give another name");
  }
  ASSIGN_OR_RETURN(PointFileWriter file, PointFileWriter::Open(path));
  Salvage salvage(scene, file);
  RETURN_IF_ERROR(salvage.Run());
  ASSIGN_OR_RETURN(const PointFileSummary summary, file.Finish());
  const absl::StatusOr<std::int64_t> count = scene.admin.Count(scene.target.collection);
  ExportRun run;
  run.is_complete = salvage.is_complete() && count.ok() && *count == summary.points;
  run.report.facts = {{"file", ToUtf8(path)},
                      {"points", summary.points},
                      {"points_on_server", count.ok() ? Json(*count) : Json()},
                      {"bytes", summary.bytes},
                      {"sha256", summary.sha256},
                      {"complete", run.is_complete},
                      {"without_vector", salvage.without_vector()},
                      {"without_payload", salvage.without_payload()},
                      {"stopped_by", salvage.stopped().ok() ? Json() : Json(ReasonOf(salvage.stopped()))}};
  run.report.steps = {"saved " + std::to_string(summary.points) + " points of " + ToUtf8(scene.target.collection) +
                      " in " + ToUtf8(path)};
  if (!salvage.without_vector().empty()) {
    run.report.steps.push_back(std::to_string(salvage.without_vector().size()) + " of them without their vectors");
  }
  if (!salvage.without_payload().empty()) {
    run.report.steps.push_back(std::to_string(salvage.without_payload().size()) + " of them by their ids only");
  }
  if (!salvage.stopped().ok()) {
    run.report.steps.push_back("it ends there: " + MessageOf(salvage.stopped()));
  } else if (count.ok() && *count != summary.points) {
    run.report.steps.push_back("the server counts " + std::to_string(*count) + ": somebody writes meanwhile");
  }
  return run;
}

}  // namespace fleet::agent
