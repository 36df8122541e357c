#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "agent/cli/targets.h"
#include "agent/qdrant/home_scene.h"

namespace fleet::agent {

// What the commands that work on a Qdrant server have in common.

struct QdrantOptions {
  Targets targets;
  CheckSettings settings;
  std::string url;         // instead of the home's
  std::string collection;  // instead of the home's
  std::string backups;     // folder of snapshots; empty: ~/backups/qdrant
  double timeout_s = 600;  // of a snapshot or a restore
  double answer_s = 30;    // of any other call
  bool dry_run = false;
  bool json = false;
};

// Declares --home, --state, --url, --collection, --timeout, --dry-run and --json.
void AddQdrantOptions(CLI::App& command, QdrantOptions& options, std::string_view folder_option = "--folder");

// What the operations need of the home that the options name.
class QdrantCommandScene {
 public:
  static absl::StatusOr<std::unique_ptr<QdrantCommandScene>> Of(const QdrantOptions& options);
  const QdrantScene& scene() const { return home_->scene(); }

 private:
  CheckSettings settings_;
  SystemClock clock_;
  std::unique_ptr<HomeScene> home_;
};

// Prints what came of an operation and says the exit code. A refusal or failure is one of the outcomes: its message
// goes to standard error, and with --json also into the document.
struct OperationOutcome {
  std::string_view operation;  // "backup"
  std::string_view outcome;    // "planned", "done", "incomplete", "failed"; "nothing_to_do" when there are no steps
  const absl::StatusOr<OperationReport>& report;
};
int PrintOutcome(const QdrantOptions& options, const OperationOutcome& outcome);

// The half of an operation that the options ask for, printed.
using Operation = absl::FunctionRef<absl::StatusOr<OperationReport>(const QdrantScene&)>;
int RunOperation(const QdrantOptions& options, std::string_view operation, Operation plan, Operation run);

}  // namespace fleet::agent
