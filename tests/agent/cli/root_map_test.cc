#include "agent/cli/root_map.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kProjects[] = "/home/mira/.local/share/dgmo/project/";

StoreBuilder RootOf(const std::string& app, const std::string& slug, int sessions, std::int64_t mtime_ms = kWrittenMs) {
  StoreBuilder store(RootKind::kProgram, "/home/mira/.local/share/" + app + "/project/" + slug);
  store.model.root.app = app;
  store.model.root.name = slug;
  store.mtime_ms = mtime_ms;
  for (int n = 0; n < sessions; ++n) store.Session(Ses(n));
  return store;
}

DirectoryFacts Checkout() {
  DirectoryFacts facts;
  facts.directory = "/home/mira/src/app/web";
  facts.git_root = "/home/mira/src/app";
  facts.slug = "home-mira-src-app";
  return facts;
}

std::vector<std::string> Roles(const RootMap& map) {
  std::vector<std::string> roles;
  for (const RootMap::Entry& entry : map.entries) {
    roles.push_back(std::string(RoleText(entry.role)) + " " + entry.path.substr(entry.path.rfind("share/") + 6));
  }
  return roles;
}

TEST(RootMap, ADirectoryHasARootOfItsOwn) {
  const RootMap map =
      MapRoots(HomeOf({RootOf("dgmo", "another", 1), RootOf("dgmo", "home-mira-src-app", 2)}), Checkout());
  EXPECT_EQ(map.written, std::string(kProjects) + "home-mira-src-app");
  EXPECT_THAT(Roles(map), ElementsAre("written dgmo/project/home-mira-src-app", "other dgmo/project/another"));
  EXPECT_FALSE(HasStranded(map));
  EXPECT_THAT(map.notes, IsEmpty());
}

TEST(RootMap, WhatLiesBelowTheFormerNameIsStranded) {
  const RootMap map = MapRoots(HomeOf({RootOf("opencode", "home-mira-src-app", 2)}), Checkout());
  EXPECT_THAT(Roles(map), ElementsAre("stranded opencode/project/home-mira-src-app"));
  EXPECT_TRUE(HasStranded(map));
  EXPECT_THAT(RootMapText(map), HasSubstr("home-mira-src-app (not there yet)"));
}

TEST(RootMap, TheNewestBuildsWriteToOneRootForAll) {
  const RootMap map = MapRoots(
      HomeOf({RootOf("dgmo", "home-mira-src-app", 1), RootOf("dgmo", "unified", 1, kWrittenMs + 1000)}), Checkout());
  EXPECT_EQ(map.written, std::string(kProjects) + "unified");
  EXPECT_THAT(Roles(map), ElementsAre("written dgmo/project/unified", "stranded dgmo/project/home-mira-src-app"));
  const RootMap before = MapRoots(
      HomeOf({RootOf("dgmo", "home-mira-src-app", 1, kWrittenMs + 1000), RootOf("dgmo", "unified", 0)}), Checkout());
  EXPECT_THAT(Roles(before), ElementsAre("written dgmo/project/home-mira-src-app", "unused dgmo/project/unified"));
}

TEST(RootMap, AMovedCheckoutIsKnownByItsMessages) {
  DirectoryFacts facts = Checkout();
  facts.projects["/home/mira/.local/share/dgmo/project/home-mira-app"] = "/home/mira/src/app";
  facts.projects["/home/mira/.local/share/dgmo/project/home-mira-src-app"] = "/home/mira/src.app";
  const RootMap map =
      MapRoots(HomeOf({RootOf("dgmo", "home-mira-app", 1), RootOf("dgmo", "home-mira-src-app", 1)}), facts);
  EXPECT_THAT(Roles(map), ElementsAre("written dgmo/project/home-mira-src-app", "stranded dgmo/project/home-mira-app"));
  ASSERT_EQ(map.notes.size(), 2U);
  EXPECT_THAT(map.notes[0], HasSubstr("/home/mira/src.app: two directories share this name"));
}

TEST(RootMap, ExplainsSubmodulesWorktreesAndNoRepository) {
  DirectoryFacts facts = Checkout();
  facts.git_link = "gitdir: ../.git/modules/vendor/lib\n";
  EXPECT_THAT(MapRoots(HomeOf({}), facts).notes, ElementsAre(HasSubstr("submodule")));
  facts.git_link = "gitdir: /home/mira/src/main/.git/worktrees/app\n";
  EXPECT_THAT(MapRoots(HomeOf({}), facts).notes, ElementsAre(HasSubstr("worktree")));
  facts = {"/home/mira", "", "global", "", {}};
  const RootMap map = MapRoots(HomeOf({RootOf("dgmo", "global", 1)}), facts);
  EXPECT_THAT(map.notes, ElementsAre(HasSubstr("global")));
  EXPECT_THAT(Roles(map), ElementsAre("written dgmo/project/global"));
}

TEST(RootMap, IsToldToProgramsToo) {
  const nlohmann::ordered_json json =
      RootMapJson(MapRoots(HomeOf({RootOf("dgmo", "home-mira-src-app", 2)}), Checkout()));
  EXPECT_EQ(json["slug"], "home-mira-src-app");
  EXPECT_EQ(json["git_root"], "/home/mira/src/app");
  EXPECT_EQ(json["roots"][0]["role"], "written");
  EXPECT_EQ(json["roots"][0]["sessions"], 2);
  EXPECT_TRUE(json["roots"][0]["project"].is_null());
}

}  // namespace
}  // namespace fleet::agent
