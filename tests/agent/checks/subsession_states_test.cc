#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A family of which one record is changed.
class SubsessionStates : public ::testing::Test {
 protected:
  SubsessionStates() { store_.Family(); }
  SubsessionDocument& record() { return store_.model.records.at(Ses(2)).document; }
  Conversation& conversation() { return store_.model.conversations.at(Ses(2)); }

  StoreBuilder store_;
};

TEST_F(SubsessionStates, AStatusIsOneOfFour) {
  for (const char* status : {"completed", "failed"}) {
    record().status = status;
    EXPECT_THAT(NamesIn(store_), IsEmpty()) << status;
  }
  record().status = "done";
  const std::vector<Finding> findings = CheckStore(store_);
  ASSERT_THAT(Names(findings), ElementsAre("SUBSESSION_STATUS_INVALID " + Ses(2)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].path, store_.model.root.path + "/storage/session/sub-sessions/" + Ses(2) + ".json");
  EXPECT_EQ(findings[0].evidence.at("status"), EvidenceValue("done"));
  EXPECT_EQ(findings[0].evidence.at("parent"), EvidenceValue(Ses(1)));
}

TEST_F(SubsessionStates, TimesFollowEachOther) {
  struct Case {
    const char* fault;
    std::optional<double> started;
    std::optional<double> completed;
  };
  const double created = record().created_at;
  for (const Case& c :
       {Case{"", created, created}, Case{"", created + 1, created + 2}, Case{"", {}, created},
        Case{"startedAt is before createdAt", created - 1, created + 1},
        Case{"completedAt is before startedAt", created + 2, created + 1},
        Case{"completedAt is before createdAt", {}, created - 1}, Case{"completed without completedAt", created, {}}}) {
    record().started_at = c.started;
    record().completed_at = c.completed;
    const std::vector<Finding> findings = CheckStore(store_);
    if (*c.fault == '\0') {
      EXPECT_THAT(Names(findings), IsEmpty());
      continue;
    }
    ASSERT_THAT(Names(findings), ElementsAre("SUBSESSION_TIME_ORDER " + Ses(2))) << c.fault;
    EXPECT_EQ(findings[0].evidence.at("fault"), EvidenceValue(c.fault));
  }
  record() = {Ses(2), Ses(1), "An agent", "failed", created, created, {}};
  EXPECT_THAT(NamesIn(store_), IsEmpty()) << "only what is completed needs its time";
}

TEST_F(SubsessionStates, RunningIsStaleWhenNothingHappensAndNobodyRunsIt) {
  for (const char* status : {"pending", "running"}) {
    record().status = status;
    record().completed_at.reset();
    record().created_at = kNowMs - 2 * 3'600'000.0;
    conversation().newest_ms = kNowMs - 30 * 60'000 - 1;
    const std::vector<Finding> findings = CheckStore(store_);
    ASSERT_THAT(Names(findings), ElementsAre("SUBSESSION_STALE_RUNNING " + Ses(2)));
    EXPECT_EQ(findings[0].severity, Severity::kP3);
    EXPECT_EQ(findings[0].repair, "R-SUBSESSION-CLOSE");
    EXPECT_EQ(findings[0].evidence.at("last_activity_ms"), EvidenceValue(conversation().newest_ms));
    conversation().newest_ms = kNowMs - 30 * 60'000;
    EXPECT_THAT(NamesIn(store_), IsEmpty()) << "its last message is half an hour old";
    conversation().newest_ms = 0;
    store_.model.live = true;
    EXPECT_THAT(NamesIn(store_), IsEmpty()) << "a running dgmo may run it";
    store_.model.live = false;
  }
}

TEST_F(SubsessionStates, WithoutMessagesItsOwnTimesTell) {
  record().status = "running";
  record().completed_at.reset();
  store_.model.conversations.erase(Ses(2));
  EXPECT_THAT(NamesIn(store_), ElementsAre("SESSION_MESSAGES_LOST " + Ses(2), "SUBSESSION_STALE_RUNNING " + Ses(2)));
  record().started_at = kNowMs - 60'000.0;
  EXPECT_THAT(NamesIn(store_), ElementsAre("SESSION_MESSAGES_LOST " + Ses(2)));
}

TEST_F(SubsessionStates, NoOutputAndAnErrorAtTheEndIsAHiddenFailure) {
  record().no_output = true;
  conversation().last = {"msg_last", kWrittenMs, false};
  EXPECT_THAT(NamesIn(store_), IsEmpty());
  conversation().last.has_error = true;
  const std::vector<Finding> findings = CheckStore(store_);
  ASSERT_THAT(Names(findings), ElementsAre("SUBSESSION_HIDDEN_FAILURE " + Ses(2)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].repair, "");
  EXPECT_EQ(findings[0].paths[1], store_.model.root.path + "/storage/session/message/" + Ses(2) + "/msg_last.json");
  record().no_output = false;
  EXPECT_THAT(NamesIn(store_), IsEmpty()) << "with output it is only a turn that failed later";
  record().no_output = true;
  record().status = "failed";
  EXPECT_THAT(NamesIn(store_), IsEmpty()) << "said openly";
}

TEST_F(SubsessionStates, ResidueOfADeletedFamilyHasNoState) {
  StoreBuilder store;
  store.Record(Ses(2), Ses(1)).model.records.at(Ses(2)).document.status = "running";
  EXPECT_THAT(NamesIn(store), ElementsAre("DELETED_RESIDUE " + Ses(1)));
  store.Session(Ses(1)).Index(Ses(1), {Ses(2)});
  EXPECT_THAT(NamesIn(store), ElementsAre("DELETED_RESIDUE " + Ses(2), "SUBSESSION_STALE_RUNNING " + Ses(2)))
      << "dgmo shows it below its living parent";
}

}  // namespace
}  // namespace fleet::agent
