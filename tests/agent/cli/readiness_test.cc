#include "agent/cli/readiness.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;

using State = ReadyItem::State;

HomeModel Home() {
  StoreBuilder store;
  store.Family();
  HomeModel home = HomeOf({store});
  home.home.config_home = "/home/mira/.config";
  home.config.emplace().dgmo_used = true;
  InstalledProgram& dgmo = home.config->programs["dgmo"];
  dgmo.path = "/usr/local/bin/dgmo";
  dgmo.answer = InstalledProgram::Answer::kVersion;
  dgmo.version = "0.2.3";
  home.config->programs["opencode"];
  return home;
}

Readiness Judge(const HomeModel& home, const std::vector<PortUse>& ports = {}) {
  return JudgeReadiness(home, CheckHome(home, kNowMs), ports);
}

const ReadyItem& Item(const Readiness& readiness, const std::string& name) {
  for (const ReadyItem& item : readiness.items) {
    if (item.name == name) return item;
  }
  static const ReadyItem kNone;
  ADD_FAILURE() << "no item " << name;
  return kNone;
}

TEST(Readiness, AHealthyHomeIsReady) {
  const Readiness readiness = Judge(Home());
  EXPECT_TRUE(readiness.ready()) << ReadinessText(readiness);
  EXPECT_EQ(Item(readiness, "Program").text, "/usr/local/bin/dgmo, version 0.2.3");
  EXPECT_EQ(Item(readiness, "Global configuration").text, "none: dgmo starts with its defaults");
  EXPECT_THAT(ReadinessText(readiness), HasSubstr("dgmo would start and show its sessions\n"));
}

TEST(Readiness, AConfigurationThatDgmoRefusesIsInTheWay) {
  HomeModel home = Home();
  ConfigFile& file = home.config->files.emplace_back();
  file.app = "dgmo";
  file.path = "/home/mira/.config/dgmo/config.json";
  file.document.fault = Fault{FaultKind::kEmpty, 0, "size 0"};
  Readiness readiness = Judge(home);
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(Item(readiness, "Global configuration").state, State::kBlocked);
  EXPECT_EQ(Item(readiness, "Global configuration").text, "CONFIG_JSON_EMPTY");
  home.config->files[0].path = "/p/dgmo.json";
  home.config->files[0].project = "/p";
  readiness = Judge(home);
  EXPECT_EQ(Item(readiness, "Project configurations").state, State::kBlocked);
  EXPECT_EQ(Item(readiness, "Global configuration").state, State::kReady);
}

TEST(Readiness, NullInTheAppFileIsInTheWayAndOtherDamageIsNot) {
  HomeModel home = Home();
  StoreBuilder damaged;
  damaged.Family().Damage("app.json", FaultKind::kShape);
  home.roots = {damaged.model};
  EXPECT_EQ(Item(Judge(home), "App state").state, State::kBlocked);
  damaged.Damage("app.json", FaultKind::kTruncated);
  home.roots = {damaged.model};
  EXPECT_EQ(Item(Judge(home), "App state").state, State::kNote);
  EXPECT_TRUE(Judge(home).ready());
}

TEST(Readiness, WhatMakesTheListFailIsInTheWayAndADamagedMessageIsNot) {
  HomeModel home = Home();
  StoreBuilder store;
  store.Family().Damage("storage/session/message/" + Ses(1) + "/msg_1.json", FaultKind::kEmpty);
  home.roots = {store.model};
  EXPECT_TRUE(Judge(home).ready());
  store.Damage("storage/session/info/" + Ses(9) + ".json", FaultKind::kEmpty);
  home.roots = {store.model};
  EXPECT_EQ(Item(Judge(home), "Session list").state, State::kBlocked);
}

TEST(Readiness, WithoutAProgramNothingStarts) {
  HomeModel home = Home();
  home.config->programs["dgmo"] = {};
  EXPECT_EQ(Item(Judge(home), "Program").text, "DGMO_NOT_INSTALLED");
  home.roots.clear();
  EXPECT_EQ(Item(Judge(home), "Program").state, State::kBlocked) << "also where there is no data yet";
  home.config->dgmo_running = true;
  EXPECT_EQ(Item(Judge(home), "Program").state, State::kReady);
}

TEST(Readiness, APortInUseIsWorthANote) {
  HomeModel home = Home();
  const std::vector<PortUse> ports = {{5747, true}, {4096, false}};
  EXPECT_EQ(Item(Judge(home, ports), "Ports").state, State::kNote);
  EXPECT_EQ(Item(Judge(home, ports), "Ports").text, "in use: 5747, and by no dgmo of this user");
  home.config->dgmo_running = true;
  EXPECT_EQ(Item(Judge(home, ports), "Ports").state, State::kReady);
}

TEST(Readiness, IsToldToProgramsToo) {
  const nlohmann::ordered_json json = ReadinessJson(Judge(Home()));
  EXPECT_EQ(json["ready"], true);
  EXPECT_EQ(json["items"].size(), 7U);
  EXPECT_EQ(json["items"][0]["state"], "ready");
}

}  // namespace
}  // namespace fleet::agent
