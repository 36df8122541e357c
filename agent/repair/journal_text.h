#pragma once

#include <absl/status/statusor.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/repair/journal.h"

namespace fleet::agent {

// The JSON of journals. Paths may be any bytes: those that are valid UTF-8 are texts, others objects {"hex": "..."}.

struct Manifest {
  std::string id;
  std::int64_t created_ms = 0;
  std::vector<JournalRoot> roots;
};

std::string ManifestToText(const Manifest& manifest, const std::vector<Plan>& plans);
// DataLoss, naming the field, when it is not a manifest that this version can follow.
absl::StatusOr<Manifest> ManifestFromText(const std::string& text);

// For people and programs; paths in valid UTF-8.
nlohmann::ordered_json PlanToJson(const Plan& plan);
nlohmann::ordered_json ResultToJson(const RepairResult& result);
std::string ResultsToText(const std::vector<RepairResult>& results);

// The sidecar of a quarantine folder: of each file where it was, why it was moved, its hash, mode and owner.
std::string QuarantineToText(const JournalRoot& root, std::int64_t now_ms);

}  // namespace fleet::agent
