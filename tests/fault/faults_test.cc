#include "tests/fault/faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <ostream>
#include <set>
#include <tuple>

#include "agent/checks/check.h"
#include "agent/probe/examine.h"
#include "agent/probe/inspect.h"
#include "agent/store/find_roots.h"
#include "tests/support/backup_writer.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet {

void PrintTo(const FaultDescription& fault, std::ostream* stream) { *stream << fault.name; }

namespace {

using agent::StoreWriter;

std::vector<Finding> Check(const std::string& home) {
  const auto target = agent::HomeAt(home, /*use_environment=*/false);
  EXPECT_TRUE(target.ok()) << target.status();
  auto model = agent::Inspect({.home = *target, .explicit_roots = {}}, [](std::chrono::milliseconds) {});
  EXPECT_TRUE(model.ok()) << model.status();
  agent::CheckSettings settings;
  settings.qdrant_connect_limit_ms = 200;  // one fault names an address that may lead nowhere
  agent::DirectProbeRunner runner;
  agent::ProbeHome(settings, runner, *model);
  return agent::CheckHome(*model, std::time(nullptr) * std::int64_t{1000}, settings);
}

bool IsOf(const Finding& finding, const Injected& injected) {
  const auto& paths = finding.paths;
  return finding.code == injected.code && finding.severity == injected.severity &&
         std::find(paths.begin(), paths.end(), injected.path) != paths.end() &&
         (injected.subject_id.empty() || injected.subject_id == finding.subject_id);
}

std::string TextOf(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.code + " " + std::string(SeverityText(finding.severity)) + " " + finding.path + "\n";
  }
  return text;
}

class EveryFault : public ::testing::TestWithParam<FaultDescription> {};

TEST_P(EveryFault, IsFoundWithItsCodeSeverityAndPlace) {
  const bool guide = GetParam().name.rfind("guide-", 0) == 0;
  for (unsigned seed = 0; seed < 4; ++seed) {
    TempDir home;
    StoreWriter store = guide ? StoreWriter::Guide(home.path()) : StoreWriter::Program(home.path());
    AddBreakableSessions(store);
    InstallDgmo(home.path());
    WriteSessionBackup(home.path(), std::time(nullptr) * std::int64_t{1000});
    ASSERT_EQ(TextOf(Check(home.path())), "") << "the store is healthy before";
    const auto injected = InjectFault(home.path(), GetParam().name, seed);
    ASSERT_TRUE(injected.ok()) << injected.status();
    const std::vector<Finding> findings = Check(home.path());
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return IsOf(f, *injected); }))
        << "wanted " << injected->code << " " << SeverityText(injected->severity) << " " << injected->path
        << ", found:\n"
        << TextOf(findings);
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, EveryFault, ::testing::ValuesIn(AllFaults()), [](const auto& parameter) {
  std::string name = parameter.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Faults, HaveDifferentNames) {
  std::set<std::string> names;
  for (const FaultDescription& fault : AllFaults()) EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
}

TEST(Faults, CanFollowOneAnother) {
  TempDir home;
  StoreWriter store = StoreWriter::Program(home.path());
  AddBreakableSessions(store);
  for (const char* name : {"pipe-in-info", "dangling-link-in-info", "session-garbage", "index-entry-number"}) {
    const auto injected = InjectFault(home.path(), name, 1);
    EXPECT_TRUE(injected.ok() || injected.status().code() == absl::StatusCode::kInternal)
        << "but the name may be taken";
  }
  EXPECT_GE(Check(home.path()).size(), 3U);
}

TEST(Faults, SayWhenThereIsNothingToBreak) {
  TempDir home;
  EXPECT_EQ(InjectFault(home.path(), "index-deleted", 0).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(InjectFault(home.path(), "no-such-fault", 0).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace fleet
