#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "agent/checks/settings.h"
#include "agent/cli/check_report.h"
#include "agent/cli/selectors.h"
#include "agent/probe/probe_runner.h"
#include "agent/store/root.h"
#include "agent/store/scan.h"
#include "common/clock.h"
#include "common/finding.h"
#include "common/pattern_catalogue.h"

namespace fleet::agent {

// Everything there is to see at the targets, and what is wrong with it.
struct Look {
  std::vector<HomeModel> homes;
  std::vector<std::vector<Finding>> findings;  // of each home
  MachineModel machine;
  std::vector<Finding> about_machine;
  std::int64_t taken_ms = 0;
  double seconds = 0;  // that it took
};

// Reads the targets, runs the probes and every rule. An error when an explicit root cannot be opened. Blocks on the
// disk and on servers; any thread.
absl::StatusOr<Look> LookAt(const std::vector<Target>& targets, const CheckSettings& settings, ProbeRunner& runner,
                            const Clock& clock, ScanDepth depth = ScanDepth::kAll);

// What of it was asked for, ready to be shown. InvalidArgument when the selectors mean nothing.
absl::StatusOr<CheckReport> ReportOf(const Look& look, const Selectors& selectors, const PatternCatalogue& logs);

}  // namespace fleet::agent
