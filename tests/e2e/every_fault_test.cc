// Every fault the injector knows, on stores of our own making and on those of the real programs: found with its code,
// repaired, not repaired twice, and taken back byte for byte.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "tests/e2e/fleet_fixture.h"
#include "tests/fault/faults.h"
#include "tests/support/backup_writer.h"
#include "tests/support/effort.h"
#include "tests/support/fake_program.h"
#include "tests/support/store_writer.h"
#include "tests/support/stores.h"
#include "tests/support/tree.h"

namespace fleet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EveryFault : public FleetTest {
 protected:
  // False when the store has nothing to break in this way.
  bool Inject(const Workstation& workstation, const std::string& fault) {
    const absl::StatusOr<Injected> injected = InjectFault(workstation.home, fault, 7);
    if (absl::IsFailedPrecondition(injected.status())) return false;
    EXPECT_TRUE(injected.ok()) << fault << ": " << injected.status();
    if (injected.ok()) injected_ = *injected;
    return injected.ok();
  }

  static Json Parsed(const Finished& finished) {
    Json json = Json::parse(finished.out, nullptr, false);
    EXPECT_TRUE(json.is_object()) << finished.out << finished.err;
    return json;
  }

  bool Found(const Workstation& workstation) const {
    const Json report = Parsed(Agent(workstation, {"check", "--json"}));
    return std::any_of(report["findings"].begin(), report["findings"].end(), [&](const Json& finding) {
      return finding["code"] == injected_.code && finding["severity"] == SeverityText(injected_.severity) &&
             std::count(finding["paths"].begin(), finding["paths"].end(), Json(injected_.path)) > 0;
    });
  }

  void RepairAndUndo(const Workstation& workstation) {
    const std::string broken = TreeText(workstation.home);
    ASSERT_TRUE(Found(workstation)) << injected_.code << " " << injected_.path;
    const std::string all = "R-CONFIG-MERGE,R-MESSAGE-CLOSE,R-PRUNE";
    const Json planned = Parsed(Agent(workstation, {"repair", "--json", "--consent", all}));
    EXPECT_EQ(TreeText(workstation.home), broken) << "a plan changes nothing";
    const Json applied = Parsed(Agent(workstation, {"repair", "--apply", "--json", "--consent", all}));
    EXPECT_EQ(planned["plans"].size(), applied["plans"].size());
    for (const Json& result : applied["results"]) {
      EXPECT_NE(result["outcome"], "failed") << result.dump();
      EXPECT_NE(result["outcome"], "rolled_back") << result.dump();
    }
    EXPECT_FALSE(injected_.repairable && Found(workstation)) << applied.dump(1);
    const std::string repaired = TreeText(workstation.home);
    const Json again = Parsed(Agent(workstation, {"repair", "--apply", "--json", "--consent", all}));
    EXPECT_TRUE(again["journal"].is_null()) << again.dump(1);
    EXPECT_EQ(TreeText(workstation.home), repaired) << "a second run changes nothing";
    if (!applied["journal"].is_string()) return;
    const Finished undone = Agent(workstation, {"undo", applied["journal"].get<std::string>()});
    // Rotating a log changes no file of a store, so there is nothing to take back, and undo says so.
    if (injected_.code == "LOG_OVERSIZE") {
      EXPECT_EQ(undone.exit_code, 1) << undone.out;
      EXPECT_NE(undone.out.find("changed no file of a store"), std::string::npos) << undone.out;
      return;
    }
    EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
    EXPECT_EQ(TreeText(workstation.home), broken);
  }

  void Try(const std::string& fault, const std::function<void(const std::string& home)>& fill) {
    SCOPED_TRACE(fault);
    Workstation& workstation = AddWorkstation("station");
    fill(workstation.home);
    if (Inject(workstation, fault)) {
      ++tried_;
      RepairAndUndo(workstation);
    }
    fs::remove_all(workstation.home);
    fs::remove_all(workstation.state);
    workstations().clear();
  }

  // Each one, or each of a stride.
  static std::vector<std::string> Faults() {
    std::vector<std::string> names;
    const std::vector<FaultDescription> all = AllFaults();
    const auto stride = static_cast<std::size_t>(FaultStride());
    for (std::size_t i = 0; i < all.size(); i += stride) names.push_back(all[i].name);
    return names;
  }

  Injected injected_;
  int tried_ = 0;
};

TEST_F(EveryFault, OfASmallStoreIsFoundRepairedOnceAndTakenBack) {
  const std::vector<std::string> faults = Faults();
  for (const std::string& fault : faults) {
    Try(fault, [&](const std::string& home) {
      const bool guide = fault.rfind("guide-", 0) == 0;
      agent::StoreWriter store = guide ? agent::StoreWriter::Guide(home) : agent::StoreWriter::Program(home);
      agent::AddBreakableSessions(store);
      InstallDgmo(home);
      WriteSessionBackup(home, std::time(nullptr) * std::int64_t{1000});
    });
  }
  std::printf("%d faults\n", tried_);
  EXPECT_EQ(tried_, static_cast<int>(faults.size()));
}

TEST_F(EveryFault, OfRealStoresIsFoundRepairedOnceAndTakenBack) {
  const std::vector<std::string> archives = RealStoreArchives();
  if (archives.empty()) GTEST_SKIP() << "DGMO_TEST_STORES is not set: no stores of the real programs to break";
  // Each fault on one of them, in turn: most fit any store.
  std::size_t next = 0;
  const std::vector<std::string> faults = Faults();
  for (const std::string& fault : faults) {
    const std::string& archive = archives[next++ % archives.size()];
    Try(fault, [&](const std::string& home) { ASSERT_TRUE(UnpackStore(archive, home)); });
  }
  std::printf("%d faults on %zu stores\n", tried_, archives.size());
  EXPECT_GT(tried_, static_cast<int>(faults.size()) / 2);
}

}  // namespace
}  // namespace fleet
