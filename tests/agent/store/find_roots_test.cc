#include "agent/store/find_roots.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

std::vector<Root> Find(const TempDir& home) {
  std::map<std::string, Unreadable> unreadable;
  const absl::StatusOr<Home> at = HomeAt(home.path(), false);
  EXPECT_TRUE(at.ok()) << at.status();
  return FindRoots(*at, unreadable);
}

TEST(FindRoots, CollectsAllLayoutsOfAHome) {
  const TempDir home;
  home.Write(".local/share/dgmo/project/home-mira-src/app.json", "{}");
  home.Write(".local/share/dgmo/project/global/storage/session/info/x.json", "{}");
  home.Write(".local/share/dgmo/project/empty/log/tui.log", "");
  home.Write(".local/share/opencode/project/home-mira-src/app.json", "{}");
  home.Write(".local/share/opencode/User/workspaceStorage/old/dgmo/sessions/x.json", "{}");
  home.Write(".local/share/opencode/storage/migration", "3");
  const std::vector<Root> roots = Find(home);
  ASSERT_EQ(roots.size(), 5U);
  EXPECT_EQ(roots[0].name, "global");
  EXPECT_EQ(roots[1].name, "home-mira-src");
  EXPECT_EQ(roots[1].app, "dgmo");
  EXPECT_EQ(roots[2].app, "opencode");
  EXPECT_EQ(roots[3].kind, RootKind::kGuide);
  EXPECT_EQ(roots[3].name, "old");
  EXPECT_EQ(roots[4].kind, RootKind::kForeign);
}

TEST(FindRoots, ARootMayBeALinkAndIsResolvedOnce) {
  const TempDir home;
  const TempDir disk;
  disk.Write("store/app.json", "{}");
  std::filesystem::create_directories(home / ".local/share/dgmo/project");
  std::filesystem::create_symlink(disk / "store", home / ".local/share/dgmo/project/linked");
  const std::vector<Root> roots = Find(home);
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_EQ(roots[0].path, std::filesystem::canonical(disk / "store").string());
}

TEST(FindRoots, AnEmptyHomeHasNone) { EXPECT_TRUE(Find(TempDir()).empty()); }

TEST(FindRoots, LooksAtNoRootTwice) {
  const TempDir home;
  home.Write(".local/share/dgmo/project/p/app.json", "{}");
  std::filesystem::create_directory_symlink("dgmo", home / ".local/share/opencode");
  EXPECT_EQ(Find(home).size(), 1U) << "the folder of the old name leads to the new one";
}

TEST(FindRoots, HonoursTheVariableOfTheGuidesTools) {
  const TempDir home;
  home.Write("data/dgmo/sessions/x.json", "{}");
  ASSERT_EQ(setenv("OPENCODE_DATA_PATH", (home / "data").c_str(), 1), 0);
  const Home own = HomeAt(home.path(), true).value();
  const Home other = HomeAt(home.path(), false).value();
  ASSERT_EQ(unsetenv("OPENCODE_DATA_PATH"), 0);
  std::map<std::string, Unreadable> unreadable;
  const std::vector<Root> roots = FindRoots(own, unreadable);
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_EQ(roots[0].kind, RootKind::kGuide);
  EXPECT_TRUE(FindRoots(other, unreadable).empty());
}

TEST(LeadsToRoot, KnowsEveryFormOfTheVariable) {
  const TempDir home;
  home.Write(".local/share/dgmo/project/p/app.json", "{}");
  home.Write(".local/share/opencode/User/workspaceStorage/w/dgmo/notes.txt", "");
  home.Write("elsewhere/sessions/x.json", "{}");
  home.Write("file", "");
  const std::vector<Root> roots = Find(home);
  for (const char* path : {".local/share/dgmo/project/p", ".local/share/dgmo", ".local/share",
                           ".local/share/opencode/User/workspaceStorage/w", "elsewhere"}) {
    EXPECT_TRUE(LeadsToRoot(home / path, roots).value()) << path;
  }
  for (const char* path : {"", "missing", "file", "file/x", ".local"}) {
    EXPECT_FALSE(LeadsToRoot(home / path, roots).value()) << path;
  }
}

TEST(ResolveRoot, TakesARootAStorageAnAppOrAWorkspace) {
  const TempDir dir;
  dir.Write("app/project/slug/storage/session/info/x.json", "{}");
  dir.Write("app/project/other/app.json", "{}");
  dir.Write("workspace/dgmo/sessions/x.json", "{}");
  EXPECT_EQ((*ResolveRoot(dir / "app/project/slug"))[0].path,
            std::filesystem::canonical(dir / "app/project/slug").string());
  EXPECT_EQ((*ResolveRoot(dir / "app/project/slug/storage"))[0].name, "slug");
  EXPECT_EQ(ResolveRoot(dir / "app")->size(), 2U);
  EXPECT_EQ((*ResolveRoot(dir / "workspace"))[0].kind, RootKind::kGuide);
  EXPECT_EQ((*ResolveRoot(dir / "workspace/dgmo"))[0].name, "workspace");
}

TEST(ResolveRoot, RefusesWhatIsNoRoot) {
  const TempDir dir;
  dir.Write("file", "x");
  EXPECT_EQ(ResolveRoot(dir / "file").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ResolveRoot(dir.path()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ResolveRoot(dir / "missing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(HomeAt(dir / "file", false).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace fleet::agent
