#include "tests/agent/repair/repairs/service_world.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FdLimitTest : public ServiceTest {
 protected:
  // A Qdrant with so many files open that may have so many.
  std::function<void()> Crowded(int files, rlim_t soft, rlim_t hard) {
    return [=] {
      for (int i = 0; i < files; ++i) static_cast<void>(open("/dev/null", O_RDONLY));
      const rlimit limit = {soft, hard};
      setrlimit(RLIMIT_NOFILE, &limit);
    };
  }
  static rlim_t SoftLimit(const ChildProcess& process) {
    rlimit limit{};
    prlimit(process.pid(), RLIMIT_NOFILE, nullptr, &limit);
    return limit.rlim_cur;
  }
  static Finding FindingOf(std::int64_t pid, const std::string& program = "qdrant") {
    Finding finding;
    finding.code = "FD_LIMIT_NEAR";
    finding.root = "/";
    finding.subject_id = program;
    finding.evidence["pid"] = pid;
    return finding;
  }
};

TEST_F(FdLimitTest, RaisesTheSoftLimitToTheHardOneAndSaysWhatLasts) {
  const ChildProcess qdrant(dir_, "qdrant", Crowded(30, 40, 400));
  const Finding finding = FindingOf(qdrant.pid());
  const ServiceAnswer plan = PlanOf(kFdLimit, finding);
  EXPECT_THAT(std::get<ServicePlan>(plan).steps, ElementsAre(HasSubstr("from 40 to its hard limit of 400")));
  EXPECT_THAT(std::get<ServicePlan>(plan).note, HasSubstr("LimitNOFILE=400"));
  EXPECT_EQ(SoftLimit(qdrant), 40U) << "a plan changes nothing";

  const ServiceOutcome outcome = Apply(kFdLimit, finding);
  EXPECT_EQ(outcome.outcome, Outcome::kApplied) << outcome.text;
  EXPECT_EQ(SoftLimit(qdrant), 400U);
  EXPECT_EQ(RefusalOf(kFdLimit, finding), "at_hard_limit") << "there is nothing more to raise";
}

TEST_F(FdLimitTest, AProcessThatIsNearItsHardLimitIsNotCured) {
  const ChildProcess qdrant(dir_, "qdrant", Crowded(38, 42, 45));
  const ServiceOutcome outcome = Apply(kFdLimit, FindingOf(qdrant.pid()));
  EXPECT_EQ(outcome.outcome, Outcome::kFailed);
  EXPECT_EQ(outcome.reason, "not_cured");
}

TEST_F(FdLimitTest, TheMachineAsAWholeIsAnAdministratorsTurn) {
  Finding finding = FindingOf(1, "machine");
  finding.evidence.clear();
  EXPECT_EQ(RefusalOf(kFdLimit, finding), "not_a_process");
}

TEST_F(FdLimitTest, AProcessThatHasEnded) {
  ChildProcess qdrant(dir_, "qdrant", [] {});
  kill(qdrant.pid(), SIGKILL);
  qdrant.Reap();
  EXPECT_EQ(RefusalOf(kFdLimit, FindingOf(qdrant.pid())), "process_ended");
}

TEST_F(FdLimitTest, AnotherProgramThatHasTheNumberNow) {
  const ChildProcess other(dir_, "editor", Crowded(30, 40, 400));
  EXPECT_EQ(RefusalOf(kFdLimit, FindingOf(other.pid())), "process_ended");
  EXPECT_EQ(SoftLimit(other), 40U);
}

TEST_F(FdLimitTest, AProcessOfAnotherUser) {
  home_.home.owner = geteuid() + 1;
  const ChildProcess qdrant(dir_, "qdrant", Crowded(30, 40, 400));
  EXPECT_EQ(RefusalOf(kFdLimit, FindingOf(qdrant.pid())), "foreign_process");
  EXPECT_EQ(SoftLimit(qdrant), 40U);
}

}  // namespace
}  // namespace fleet::agent
