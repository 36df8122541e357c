#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "agent/checks/home_model.h"
#include "agent/qdrant/operation.h"

namespace fleet::agent {

// The scene of an operation on the server that a home uses, with all that it refers to.
class HomeScene {
 public:
  struct Options {
    std::string url = {};         // instead of the home's
    std::string collection = {};  // instead of the home's
    std::string backups = {};     // instead of ~/backups/qdrant
    std::chrono::milliseconds work_limit{600'000};
    std::chrono::milliseconds answer_limit{30'000};
  };

  // The settings and the clock outlive it. Refuse("config_unreadable"), Refuse("embedded") for a memory without a
  // server; InvalidArgument for a URL that is none.
  static absl::StatusOr<std::unique_ptr<HomeScene>> Of(const HomeModel& home, const CheckSettings& settings,
                                                       const std::string& state, const Clock& clock,
                                                       std::function<void(std::chrono::milliseconds)> pause,
                                                       const Options& options);
  const QdrantScene& scene() const { return *scene_; }

 private:
  QdrantTarget target_;
  std::unique_ptr<QdrantAdmin> admin_;
  std::unique_ptr<QdrantScene> scene_;
};

}  // namespace fleet::agent
