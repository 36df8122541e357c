#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kMessage = "msg_7e9514205001pp3ZRCKPeY2hIX";

std::string PathIn(const StoreBuilder& store, int session, const std::string& message = kMessage) {
  return store.model.root.path + "/storage/session/message/" + Ses(session) + "/" + message + ".json";
}

TEST(MessageRules, AnAnswerThatNobodyFinishesIsIncomplete) {
  StoreBuilder store;
  store.Session(Ses(1)).Note(Ses(1), kMessage).completed = false;
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_INCOMPLETE " + kMessage));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].path, PathIn(store, 1));
  EXPECT_EQ(findings[0].evidence.at("session"), EvidenceValue(Ses(1)));
  EXPECT_EQ(findings[0].repair, "R-MESSAGE-CLOSE");
  EXPECT_FALSE(findings[0].auto_repair);
}

TEST(MessageRules, ATurnMayTakeHalfAnHour) {
  StoreBuilder store;
  NotedMessage& message = store.Session(Ses(1)).Note(Ses(1), kMessage);
  message.completed = false;
  message.unresolved = 1;
  message.created_ms = kNowMs - 30 * 60'000;
  EXPECT_THAT(NamesIn(store), IsEmpty());
  --message.created_ms;
  EXPECT_THAT(NamesIn(store),
              UnorderedElementsAre("MESSAGE_INCOMPLETE " + kMessage, "MESSAGE_TOOL_UNRESOLVED " + kMessage));
  store.model.live = true;
  EXPECT_THAT(NamesIn(store), IsEmpty()) << "a running dgmo may be at it";
}

TEST(MessageRules, WithoutATimeToTrustTheFilesTimeTellsHowOldATurnIs) {
  for (const std::int64_t nonsense : {std::int64_t{0}, kNowMs / 1000, kNowMs + 86'400'000}) {
    StoreBuilder store;
    NotedMessage& message = store.Session(Ses(1)).Note(Ses(1), kMessage);
    message.completed = false;
    message.created_ms = nonsense;
    EXPECT_THAT(NamesIn(store), ElementsAre("MESSAGE_INCOMPLETE " + kMessage)) << nonsense;
    message.stat = StatAt(kNowMs - 60'000);
    EXPECT_THAT(NamesIn(store), IsEmpty()) << nonsense;
  }
}

TEST(MessageRules, ACompletedTurnHasNoOpenToolCall) {
  StoreBuilder store;
  NotedMessage& message = store.Session(Ses(1)).Note(Ses(1), kMessage);
  message.unresolved = 2;
  message.created_ms = kNowMs - 1000;
  store.model.live = true;
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_TOOL_UNRESOLVED " + kMessage)) << "live or not, young or old";
  EXPECT_EQ(findings[0].evidence.at("unresolved"), EvidenceValue(2));
  message.stat = StatAt(kNowMs - 9'999);
  EXPECT_THAT(NamesIn(store), IsEmpty()) << "but for what was written just now";
}

TEST(MessageRules, NamesAndRolesMustAgree) {
  StoreBuilder store;
  store.Session(Ses(1)).Note(Ses(1), kMessage).id = "msg_other";
  std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_ID_MISMATCH " + kMessage));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].evidence.at("actual"), EvidenceValue("msg_other"));

  StoreBuilder roles;
  roles.Session(Ses(1)).Note(Ses(1), "msg_a").has_assistant_section = false;
  NotedMessage& user = roles.Note(Ses(1), "msg_b");
  user.assistant = user.completed = false;
  findings = CheckStore(roles);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_ROLE_METADATA msg_a", "MESSAGE_ROLE_METADATA msg_b"));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[1].evidence.at("role"), EvidenceValue("user"));
}

TEST(MessageRules, AConversationMergedWronglyIsOneFinding) {
  StoreBuilder store;
  store.Session(Ses(1)).Session(Ses(2));
  for (const char* message : {"msg_a", "msg_b"}) store.Note(Ses(1), message).session = Ses(2);
  store.Note(Ses(1), "msg_c").session = Ses(9);
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_SESSION_MISMATCH " + Ses(1), "MESSAGE_SESSION_MISMATCH " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_THAT(findings[0].paths, ElementsAre(PathIn(store, 1, "msg_a"), PathIn(store, 1, "msg_b")));
  EXPECT_EQ(findings[0].evidence.at("actual"), EvidenceValue(Ses(2)));
  EXPECT_EQ(findings[0].evidence.at("actual_has_info"), EvidenceValue(1));
  EXPECT_EQ(findings[1].evidence.at("actual_has_info"), EvidenceValue(0));
  EXPECT_NE(findings[0].fingerprint, findings[1].fingerprint);
}

TEST(MessageRules, AnEmptyFolderOfNobodyIsMentioned) {
  StoreBuilder store;
  store.Messages(Ses(1), 0).Info(Ses(2), "", "New Session - 2025-07-08T10:02:11.480Z").Messages(Ses(2), 0);
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_ORPHAN_DIR " + Ses(1))) << "a new session may have an empty one";
  EXPECT_EQ(findings[0].path, store.model.root.path + "/storage/session/message/" + Ses(1));
  store.model.live = true;
  store.model.conversations[Ses(1)].last_mtime_ms = kNowMs;
  EXPECT_THAT(NamesIn(store), IsEmpty()) << "its info comes next";
}

TEST(MessageRules, AFolderWithAnythingInItIsNotEmpty) {
  const std::string litter = "storage/session/message/" + Ses(1) + "/" + kMessage + ".json";
  StoreBuilder store;
  store.Messages(Ses(1), 0);
  store.AddStray(litter + "1751962400000.tmp", Stray::Kind::kLitter, litter, kWrittenMs);
  EXPECT_THAT(NamesIn(store), ElementsAre("TMP_LITTER " + kMessage));
  StoreBuilder unreadable;
  unreadable.Messages(Ses(1), 0).model.unreadable["storage/session/message/" + Ses(1)] = {EACCES, true};
  EXPECT_THAT(NamesIn(unreadable), ElementsAre("PERM_DIR_ACCESS storage/session/message/" + Ses(1)));
  StoreBuilder nested;
  nested.Messages(Ses(1), 0).AddStray("storage/session/message/" + Ses(1) + "/old", Stray::Kind::kNestedDirectory);
  EXPECT_THAT(NamesIn(nested), ElementsAre("STORAGE_UNEXPECTED_TYPE storage/session/message/" + Ses(1) + "/old"));
}

TEST(MessageRules, IdsOfTwoEpochsAreOutOfOrder) {
  constexpr std::int64_t kWrapMs = 26 * kIdEpochMs;  // 2026-08-14T11:19:55.136Z
  StoreBuilder store;
  Conversation& conversation = store.Session(Ses(1)).model.conversations[Ses(1)];
  conversation.first_id_ms = kWrapMs - 86'400'000;
  conversation.last_id_ms = kWrapMs - 1;
  EXPECT_THAT(NamesIn(store), IsEmpty());
  conversation.last_id_ms = kWrapMs;
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("MESSAGE_ID_EPOCH_WRAP " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].repair, "");
  EXPECT_EQ(findings[0].evidence.at("older_epoch"), EvidenceValue(25));
  EXPECT_EQ(findings[0].evidence.at("wrapped_ms"), EvidenceValue(1'786'706'395'136));
  conversation.first_id_ms = kWrapMs;
  EXPECT_THAT(NamesIn(store), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
