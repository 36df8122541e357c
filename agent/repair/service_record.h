#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/repair/outcome.h"

namespace fleet::agent {

// One run's record of repairs that act on the machine or a service: what was planned, that it was begun, what came of
// it. A file below <state>/services that is there, whole, before the first is begun, and anew before and after each.
// One thread.
class ServiceRecord {
 public:
  // Only of plans that are not refused.
  ServiceRecord(std::string state, std::string id, std::int64_t now_ms, std::vector<Plan> plans);

  // Ids of all records, the oldest first.
  static absl::StatusOr<std::vector<std::string>> Ids(const std::string& state);
  // NotFound; DataLoss when it is torn or from a newer version.
  static absl::StatusOr<ServiceRecord> Load(const std::string& state, const std::string& id);

  // The next plan begins.
  absl::Status Begin();
  // It has ended.
  absl::Status End(const RepairResult& result);

  // Of the plan that was begun and has not ended; nullptr when there is none.
  const Plan* Begun() const;
  bool Finished() const { return results_.size() == plans_.size(); }

  const std::string& id() const { return id_; }
  std::int64_t created_ms() const { return created_ms_; }
  const std::vector<Plan>& plans() const { return plans_; }
  const std::vector<RepairResult>& results() const { return results_; }

 private:
  absl::Status Write() const;

  std::string state_;
  std::string id_;
  std::int64_t created_ms_ = 0;
  std::vector<Plan> plans_;
  std::size_t begun_ = 0;
  std::vector<RepairResult> results_;
};

}  // namespace fleet::agent
