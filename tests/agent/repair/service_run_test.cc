#include <filesystem>
#include <functional>

#include "agent/repair/failure_counter.h"
#include "agent/repair/repairs/services.h"
#include "agent/repair/service_record.h"
#include "agent/store/root_lock.h"
#include "tests/agent/repair/engine_fixture.h"
#include "tests/support/backup_writer.h"

namespace fleet::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// What the repair of the tests answers; the engine wants plain functions.
std::function<ServiceAnswer(const ServiceContext&, const Finding&)> plans;
std::function<ServiceOutcome(const ServiceContext&, const Finding&)> applies;

constexpr ServiceRepair kRepair = {
    .id = "R-DISK",
    .plan = [](const ServiceContext& context, const Finding& finding) { return plans(context, finding); },
    .apply = [](const ServiceContext& context, const Finding& finding) { return applies(context, finding); }};
constexpr ServiceRepair kOnRequest = {
    .id = "R-DISK", .needs_consent = true, .plan = kRepair.plan, .apply = kRepair.apply};
constexpr const ServiceRepair* kRepairs[] = {&kRepair};
constexpr const ServiceRepair* kOnRequests[] = {&kOnRequest};

// Whatever the machine the tests run on has free, it is too little.
class ServiceRunTest : public EngineTest {
 protected:
  ServiceRunTest() {
    plans = [](const ServiceContext&, const Finding& finding) {
      return ServicePlan{{"make room on " + finding.subject_id}, "slowly"};
    };
    applies = [this](const ServiceContext&, const Finding&) {
      ++applied_;
      return ServiceOutcome{Outcome::kApplied, "", "made"};
    };
  }

  RepairEngine ServiceEngine(std::span<const ServiceRepair* const> services = kRepairs) {
    RepairEngine::Options options;
    options.state = dir_ / "state";
    options.services = services;
    options.settings.disk_free_low_gib = 1e6;
    options.settings.disk_free_critical_gib = 0;
    options.settings.disk_used_critical_percent = 101;
    options.probes = &only_disks_;
    options.pause = [](std::chrono::milliseconds) {};
    return RepairEngine(clock_, std::move(options));
  }
  RepairRun ApplyServices(const RepairSelection& selection, std::span<const ServiceRepair* const> services = kRepairs) {
    clock_.Advance(std::chrono::seconds(1));
    return ServiceEngine(services).Apply(Targets(), selection).value();
  }
  std::vector<std::string> Records() const { return ServiceRecord::Ids(dir_ / "state").value(); }

  class OnlyDisks final : public ProbeRunner {
   public:
    bool Run(std::string_view name, absl::FunctionRef<void()> probe) override {
      if (name == "filesystems") probe();
      return name == "filesystems";
    }
  } only_disks_;
  int applied_ = 0;
};

RepairSelection Only(const std::string& repair) {
  RepairSelection selection;
  selection.repairs = {repair};
  return selection;
}

RepairSelection Consented() {
  RepairSelection selection = Only("R-DISK");
  selection.consent = {"R-DISK"};
  return selection;
}

TEST_F(ServiceRunTest, APlanTellsTheStepsAndChangesNothing) {
  const RepairRun run = ServiceEngine().Plan(Targets(), Only("R-DISK")).value();
  ASSERT_THAT(run.plans, SizeIs(1));
  EXPECT_EQ(run.plans[0].root.path, "/");
  EXPECT_THAT(run.plans[0].sentences, ElementsAre(HasSubstr("make room on /")));
  EXPECT_THAT(run.plans[0].codes, ElementsAre("DISK_SPACE_LOW"));
  EXPECT_THAT(run.results, IsEmpty());
  EXPECT_EQ(applied_, 0);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "state/services"));
}

TEST_F(ServiceRunTest, FilesAndServicesAreOneRunUnderOneId) {
  const RepairRun run = ApplyServices({});
  EXPECT_THAT(Outcomes(run), ElementsAre("R-INDEX applied", "R-DISK applied"));
  EXPECT_THAT(Records(), ElementsAre(run.journal));
  EXPECT_EQ(run.backup_bytes.size(), run.plans.size());
  EXPECT_FALSE(Undo(run.journal).refusal) << "the files are taken back";
}

TEST_F(ServiceRunTest, ItIsWrittenDownBeforeItBeginsAndAfterItEnds) {
  applies = [this](const ServiceContext&, const Finding&) {
    const ServiceRecord record = ServiceRecord::Load(dir_ / "state", Records().at(0)).value();
    EXPECT_NE(record.Begun(), nullptr);
    EXPECT_THAT(record.plans().at(0).sentences, ElementsAre(HasSubstr("make room")));
    return ServiceOutcome{Outcome::kApplied, "", "made"};
  };
  const RepairRun run = ApplyServices(Only("R-DISK"));
  const ServiceRecord record = ServiceRecord::Load(dir_ / "state", run.journal).value();
  EXPECT_TRUE(record.Finished());
  EXPECT_EQ(record.results().at(0).text, "made");
}

TEST_F(ServiceRunTest, AnUndoSaysThatThereIsNothingToTakeBack) {
  const RepairRun run = ApplyServices(Only("R-DISK"));
  const UndoRun undo = Undo(run.journal);
  ASSERT_TRUE(undo.refusal);
  EXPECT_EQ(undo.refusal->reason, "no_files");
}

TEST_F(ServiceRunTest, WithoutConsentItIsLeftAloneOrRefusedWhenAskedFor) {
  const RepairRun everything = ApplyServices({}, kOnRequests);
  ASSERT_THAT(everything.left_alone, SizeIs(1));
  EXPECT_EQ(everything.left_alone[0].why.reason, "needs_consent");
  EXPECT_THAT(Outcomes(ApplyServices(Only("R-DISK"), kOnRequests)), ElementsAre("R-DISK refused needs_consent"));
  EXPECT_EQ(applied_, 0);
  EXPECT_THAT(Outcomes(ApplyServices(Consented(), kOnRequests)), ElementsAre("R-DISK applied"));
}

TEST_F(ServiceRunTest, NothingToDoIsNoPlan) {
  plans = [](const ServiceContext&, const Finding&) { return ServicePlan{}; };
  const RepairRun run = ApplyServices(Only("R-DISK"));
  EXPECT_THAT(run.plans, IsEmpty());
  EXPECT_EQ(run.journal, "");
  EXPECT_THAT(Records(), IsEmpty());
}

TEST_F(ServiceRunTest, WhatFailedTwiceIsAPersonsTurnUntilItSucceeds) {
  const auto succeed = applies;
  applies = [](const ServiceContext&, const Finding&) { return ServiceOutcome{Outcome::kFailed, "not_cured", "no"}; };
  EXPECT_THAT(Outcomes(ApplyServices(Only("R-DISK"))), ElementsAre("R-DISK failed not_cured"));
  EXPECT_THAT(Outcomes(ApplyServices(Only("R-DISK"))), ElementsAre("R-DISK failed not_cured"));
  EXPECT_THAT(Outcomes(ApplyServices(Only("R-DISK"))), ElementsAre("R-DISK refused failed_twice"));
  applies = succeed;
  const std::string subject = ServiceEngine().Plan(Targets(), Only("R-DISK")).value().plans.at(0).subject_id;
  ASSERT_TRUE(FailureCounter(dir_ / "state").Clear("R-DISK", "/", subject).ok());
  EXPECT_THAT(Outcomes(ApplyServices(Only("R-DISK"))), ElementsAre("R-DISK applied"));
}

TEST_F(ServiceRunTest, ARunThatWasInterruptedIsToldOfOnceAndCountsAsFailed) {
  Plan planned;
  planned.repair = "R-DISK";
  planned.root.path = "/";
  planned.subject_id = "/";
  ServiceRecord record(dir_ / "state", "2026-01-01_00-00-00-interrupted", 1, {planned});
  ASSERT_TRUE(record.Begin().ok());

  const RepairRun plan = ServiceEngine().Plan(Targets(), Only("R-DISK")).value();
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("is still going on")));
  EXPECT_THAT(ApplyServices(Only("R-DISK")).notes, ElementsAre(HasSubstr("looked at anew")));
  EXPECT_THAT(ApplyServices(Only("R-DISK")).notes, IsEmpty());
  EXPECT_EQ(ServiceRecord::Load(dir_ / "state", record.id())->results().at(0).reason, "interrupted");
}

TEST_F(ServiceRunTest, ADamagedRecordIsNotedAndLeft) {
  dir_.Write("state/services/torn.json", R"({"what": "dgmo-agent ser)");
  EXPECT_THAT(ApplyServices(Only("R-DISK")).notes, ElementsAre(HasSubstr("damaged")));
}

TEST_F(ServiceRunTest, OneRunAtATime) {
  std::filesystem::create_directories(dir_ / "state/services");
  const RootLock lock = RootLock::Take(dir_ / "state/services", dir_ / "state").value();
  EXPECT_THAT(Outcomes(ApplyServices(Only("R-DISK"))), ElementsAre("R-DISK refused locked"));
  EXPECT_EQ(applied_, 0);
}

TEST_F(ServiceRunTest, WhatIsNotWrittenDownIsNotBegun) {
  dir_.Write("state", "no folder");
  RepairEngine engine = ServiceEngine();
  const absl::StatusOr<RepairRun> run = engine.Apply(Targets(), Only("R-DISK"));
  EXPECT_EQ(applied_, 0);
}

TEST_F(ServiceRunTest, RootsGivenOneByOneAreNotTheMachine) {
  const std::vector<Target> roots = {{{}, {store_.AsRoot()}}};
  EXPECT_THAT(ServiceEngine().Plan(roots, Only("R-DISK"))->plans, IsEmpty());
}

TEST_F(ServiceRunTest, OtherSelectionsDoNotHaveTheMachineLookedAt) {
  int looks = 0;
  plans = [&](const ServiceContext&, const Finding&) {
    ++looks;
    return ServicePlan{{"step"}, ""};
  };
  RepairSelection session;
  session.session_id = parent_;
  RepairSelection code;
  code.codes = {"INDEX_MISSING_ENTRY"};
  for (const RepairSelection& selection : {Only("R-INDEX"), session, code}) {
    static_cast<void>(ServiceEngine().Plan(Targets(), selection).value());
  }
  EXPECT_EQ(looks, 0);
}

// The real one, on the disk that the test runs on.
class DiskRepairTest : public ServiceRunTest {
 protected:
  DiskRepairTest() {
    for (const int days : {90, 80, 60, 40, 1}) {
      WriteSessionBackup(dir_ / "home", ToMillis(clock_.Now()) - days * std::int64_t{24} * 3'600'000);
    }
  }
  std::vector<std::string> Archives() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "home/backups/sessions")) {
      if (entry.path().extension() == ".gz") names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  static constexpr const ServiceRepair* kReal[] = {&kDisk};
};

TEST_F(DiskRepairTest, NamesTheArchivesThatAreNoLongerKept) {
  const std::vector<std::string> before = Archives();
  const RepairRun run = ServiceEngine(kReal).Plan(Targets(), Consented()).value();
  ASSERT_THAT(run.plans, SizeIs(1));
  EXPECT_THAT(run.plans[0].sentences, Contains(HasSubstr("remove 2 of archives of sessions")));
  EXPECT_EQ(Archives(), before);
}

TEST_F(DiskRepairTest, RemovesTheseAndNeverTheNewestGoodOnes) {
  const std::vector<std::string> before = Archives();
  ApplyServices(Consented(), kReal);
  EXPECT_THAT(Archives(), ElementsAre(before[2], before[3], before[4]));
}

TEST_F(DiskRepairTest, TouchesNoneAfterARunThatLeftFilesOut) {
  const std::vector<std::string> before = Archives();
  const std::string newest = dir_ / ("home/backups/sessions/" + before.back());
  const std::string manifest = newest.substr(0, newest.rfind(".tar.gz")) + ".manifest.json";
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(BytesOf(manifest));
  json.erase("manifest_sha256");
  json["unreadable"] = {"dgmo/project/x"};
  WriteSealed(manifest, json);
  ApplyServices(Consented(), kReal);
  EXPECT_EQ(Archives(), before);
}

}  // namespace
}  // namespace fleet::agent
