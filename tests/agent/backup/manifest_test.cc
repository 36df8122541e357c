#include "agent/backup/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/backup/root_key.h"
#include "common/sha256.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SessionManifest Example() {
  SessionManifest manifest;
  manifest.created_ms = 1'751'970'000'000;
  manifest.host = "workstation";
  manifest.user = "mira";
  manifest.dgmo_version = "0.2.3";
  manifest.roots = {{"U", "/home/mira/.local/share/dgmo/project/p", "dgmo/project/p"},
                    {"config", "/home/mira/.config/dgmo", "config/dgmo"}};
  manifest.files["dgmo/project/p/app.json"] = {.size = 2, .mtime_ms = 5, .mode = 0644, .sha256 = Sha256Hex("{}")};
  manifest.files["dgmo/project/p/\xff \"odd\"\n"] = {.size = 1,
                                                     .mtime_ms = 6,
                                                     .mode = 0600,
                                                     .sha256 = Sha256Hex("x"),
                                                     .damaged = true,
                                                     .gone = true,
                                                     .archive = "sessions_2025-07-08_10-00-00.tar.gz"};
  manifest.counts = {{"APP", 1}};
  manifest.findings = std::map<std::string, std::int64_t>{{"INDEX_DUPLICATE_ENTRY", 2}};
  manifest.unreadable = {"dgmo/project/p/locked.json"};
  manifest.previous = "sessions_2025-07-08_10-10-00.tar.gz";
  manifest.needs = {{"sessions_2025-07-08_10-00-00.tar.gz", Sha256Hex("archive")}};
  manifest.archive_sha256 = Sha256Hex("this archive");
  return manifest;
}

TEST(SessionManifest, ComesBackAsItWasWritten) {
  const SessionManifest before = Example();
  const auto after = ParseSessionManifest(SessionManifestText(before));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(SessionManifestText(*after), SessionManifestText(before));
  EXPECT_EQ(after->files.size(), 2U);
  const auto& odd = after->files.at("dgmo/project/p/\xff \"odd\"\n");
  EXPECT_TRUE(odd.damaged && odd.gone);
  EXPECT_EQ(odd.archive, "sessions_2025-07-08_10-00-00.tar.gz");
  EXPECT_EQ(after->files.at("dgmo/project/p/app.json").mtime_ms, 5);
  EXPECT_EQ(after->root_keys(), (std::set<std::string>{"config/dgmo", "dgmo/project/p"}));
  EXPECT_EQ(after->findings->at("INDEX_DUPLICATE_ENTRY"), 2);
}

TEST(SessionManifest, NoByteOfItCanChangeUnnoticed) {
  const std::string text = SessionManifestText(Example());
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char by : {'\x01', '\x20', '\x7f'}) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ by);
      EXPECT_FALSE(ParseSessionManifest(changed).ok()) << "at " << at;
    }
    EXPECT_FALSE(ParseSessionManifest(text.substr(0, at)).ok()) << "cut at " << at;
    EXPECT_FALSE(ParseSessionManifest(text.substr(0, at) + " " + text.substr(at)).ok()) << "longer at " << at;
  }
  EXPECT_FALSE(ParseSessionManifest(text + "\n").ok());
}

TEST(SessionManifest, AnArchiveThatIsNotNamedCannotHoldAFile) {
  SessionManifest manifest = Example();
  manifest.needs.clear();
  EXPECT_THAT(std::string(ParseSessionManifest(SessionManifestText(manifest)).status().message()),
              HasSubstr("which archive holds"));
  manifest.needs = {{"../elsewhere.tar.gz", Sha256Hex("archive")}};
  EXPECT_THAT(std::string(ParseSessionManifest(SessionManifestText(manifest)).status().message()),
              HasSubstr("an archive it needs badly"));
}

TEST(RootKey, IsTheUsualPlaceOfARoot) {
  EXPECT_EQ(RootKeyOf({.kind = RootKind::kProgram, .path = "/x", .app = "dgmo", .name = "p"}), "dgmo/project/p");
  EXPECT_EQ(RootKeyOf({.kind = RootKind::kGuide, .path = "/x", .app = "opencode", .name = "w"}),
            "opencode/User/workspaceStorage/w/dgmo");
  EXPECT_EQ(
      RootKeyOf(
          {.kind = RootKind::kProgram, .path = "/home/m/.local/share/dgmo/project/p\xc3\xbc", .app = "", .name = ""}),
      "dgmo/project/p\xc3\xbc");
  EXPECT_EQ(
      RootKeyOf(
          {.kind = RootKind::kGuide, .path = "/d/opencode/User/workspaceStorage/w w/dgmo", .app = "", .name = ""}),
      "opencode/User/workspaceStorage/w w/dgmo");
  const std::string other = RootKeyOf({.kind = RootKind::kProgram, .path = "/data/somewhere", .app = "", .name = ""});
  EXPECT_EQ(other.rfind("root/somewhere~", 0), 0U) << other;
  RootKind kind = RootKind::kForeign;
  EXPECT_FALSE(IsRootKey(other, kind));
}

TEST(RootKey, NoTwoRootsHaveTheSame) {
  const std::vector<std::string> keys =
      RootKeysOf({{.kind = RootKind::kProgram, .path = "/a", .app = "dgmo", .name = "p"},
                  {.kind = RootKind::kProgram, .path = "/b", .app = "dgmo", .name = "p"}});
  EXPECT_THAT(keys, ElementsAre("dgmo/project/p", ::testing::StartsWith("dgmo/project/p~")));
}

TEST(RootKey, OnlyPlacesOfRootsAreKeys) {
  RootKind kind = RootKind::kForeign;
  EXPECT_TRUE(IsRootKey("opencode/project/p", kind));
  EXPECT_EQ(kind, RootKind::kProgram);
  EXPECT_TRUE(IsRootKey("opencode/User/workspaceStorage/w/dgmo", kind));
  EXPECT_EQ(kind, RootKind::kGuide);
  for (const char* key : {"", "dgmo", "dgmo/project", "dgmo/project/", "dgmo/project/..", "dgmo/project/a/b",
                          "../dgmo/project/p", "/dgmo/project/p", "dgmo/auth.json", ".ssh/project/p"}) {
    EXPECT_FALSE(IsRootKey(key, kind)) << key;
  }
}

}  // namespace
}  // namespace fleet::agent
