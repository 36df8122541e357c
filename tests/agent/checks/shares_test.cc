#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string InfoIn(const StoreBuilder& store) {
  return store.model.root.path + "/storage/session/info/" + Ses(1) + ".json";
}
std::string ShareIn(const StoreBuilder& store) {
  return store.model.root.path + "/storage/session/share/" + Ses(1) + ".json";
}

TEST(ShareRules, AddressAndFileBelongTogether) {
  StoreBuilder store;
  store.Session(Ses(1)).model.sessions[Ses(1)].document.shared = true;
  std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("SHARE_MISMATCH " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].repair, "");
  EXPECT_THAT(findings[0].paths, ElementsAre(InfoIn(store), ShareIn(store)));
  store.model.shares = {Ses(1)};
  EXPECT_THAT(NamesIn(store), IsEmpty());
  store.model.sessions[Ses(1)].document.shared = false;
  findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("SHARE_MISMATCH " + Ses(1)));
  EXPECT_THAT(findings[0].paths, ElementsAre(ShareIn(store), InfoIn(store)));
}

TEST(ShareRules, AShareOfNoSessionIsAMismatch) {
  StoreBuilder store;
  store.model.shares = {Ses(1)};
  EXPECT_THAT(NamesIn(store), ElementsAre("SHARE_MISMATCH " + Ses(1)));
}

TEST(ShareRules, WhatCouldNotBeReadIsNoMismatch) {
  StoreBuilder damaged;
  damaged.model.shares = {Ses(1)};
  damaged.Damage(damaged.PathOf(DocumentClass::kSession, Ses(1)), FaultKind::kTruncated);
  EXPECT_THAT(NamesIn(damaged), ElementsAre("SESSION_JSON_TRUNCATED " + Ses(1)));
  StoreBuilder unreadable;
  unreadable.Session(Ses(1)).model.sessions[Ses(1)].document.shared = true;
  unreadable.model.unreadable["storage/session/share"] = {EACCES, true};
  EXPECT_THAT(NamesIn(unreadable), ElementsAre("PERM_DIR_ACCESS storage/session/share"));
  StoreBuilder young;
  young.mtime_ms = kNowMs;
  young.model.live = true;
  young.Session(Ses(1)).model.sessions[Ses(1)].document.shared = true;
  EXPECT_THAT(NamesIn(young), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
