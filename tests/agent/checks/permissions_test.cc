#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint32_t kMira = 1000;
constexpr std::uint32_t kUsers = 100;
constexpr std::uint32_t kMirasGroup = 1000;
const std::string kInfo = "storage/session/info";
using Kind = AccessGroup::Kind;

FileStat Entry(std::uint32_t mode, std::uint32_t uid = kMira, std::uint32_t gid = kUsers) {
  FileStat stat;
  stat.mode = mode;
  stat.uid = uid;
  stat.gid = gid;
  return stat;
}

// A home of Mira's with one root.
class Permissions : public ::testing::Test {
 protected:
  Permissions() {
    home_.home.path = "/home/mira";
    home_.home.owner = kMira;
    StoreBuilder store(RootKind::kProgram, "/home/mira/.local/share/dgmo/project/p");
    home_.roots.push_back(store.Family().model);
    home_.access.private_groups = {{kMirasGroup}};
  }

  void Count(const FileStat& stat, const std::string& folder = kInfo, Kind kind = Kind::kDocument, int times = 1) {
    for (int i = 0; i < times; ++i) {
      const std::string name = folder + "/ses_" + std::to_string(1000 + i) + ".json";
      home_.roots[0].access.Count(folder, kind, kind == Kind::kDirectory ? folder : name, stat);
    }
  }
  std::vector<Finding> Check() const { return CheckHome(home_, kNowMs); }
  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    for (const Finding& finding : Check()) codes.push_back(finding.code);
    return codes;
  }
  Finding Only() const {
    const std::vector<Finding> findings = Check();
    EXPECT_THAT(findings, SizeIs(1));
    return findings.empty() ? Finding() : findings.front();
  }
  // Everything above the root lets everybody through.
  void OpenTheWay() {
    const std::string share = home_.roots[0].root.path + "/storage/session/share";
    for (std::string at = share; !at.empty(); at = at.substr(0, at.rfind('/'))) {
      home_.access.above[at] = Entry(S_IFDIR | 0755);
    }
  }

  HomeModel home_;
};

TEST_F(Permissions, OfAHealthyRootGiveNoFinding) {
  Count(Entry(0644));
  Count(Entry(0600));
  Count(Entry(0755), kInfo, Kind::kDirectory);
  Count(Entry(0400), kInfo, Kind::kOther);  // nothing that dgmo rewrites
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(Permissions, AnOwnerWhoMayNotRewriteAFileIsToldSoEvenByAnAgentOfRoot) {
  Count(Entry(0444));
  const Finding finding = Only();
  EXPECT_EQ(finding.code, "PERM_FILE_ACCESS");
  EXPECT_EQ(finding.severity, Severity::kP1);
  EXPECT_EQ(finding.path, home_.roots[0].root.path + "/" + kInfo + "/ses_1000.json");
  EXPECT_EQ(finding.evidence.at("mode"), EvidenceValue("0444"));
}

TEST_F(Permissions, AFolderNeedsAllThreeRights) {
  for (const std::uint32_t mode : {0555U, 0677U, 0377U}) {
    home_.roots[0].access = {};
    Count(Entry(mode), kInfo, Kind::kDirectory);
    EXPECT_EQ(Codes().front(), "PERM_DIR_ACCESS") << mode;
  }
}

TEST_F(Permissions, AChownOfEverythingIsOneFindingAFolder) {
  Count(Entry(0644, 0), kInfo, Kind::kDocument, 5000);
  Count(Entry(0755, 0), kInfo, Kind::kDirectory);
  Count(Entry(0644, 0), "storage/session/message", Kind::kDocument, 3000);
  const std::vector<Finding> findings = Check();
  EXPECT_THAT(Names(findings),
              ElementsAre("PERM_OWNER_MISMATCH " + kInfo, "PERM_OWNER_MISMATCH storage/session/message"));
  EXPECT_EQ(findings[0].evidence.at("files"), EvidenceValue(std::int64_t{5000}));
  EXPECT_EQ(findings[0].evidence.at("folders"), EvidenceValue(std::int64_t{1}));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].repair, "R-PERM");
  EXPECT_LE(findings[0].paths.size(), kAccessExamples);
}

TEST_F(Permissions, TheFindingStaysTheSameWhenMoreIsStruck) {
  Count(Entry(0444));
  const std::string before = Only().fingerprint;
  Count(Entry(0444), kInfo, Kind::kDocument, 10);
  EXPECT_EQ(Only().fingerprint, before);
}

TEST_F(Permissions, WhatBelongsToAnotherUserIsAnEmergencyAndNotRepaired) {
  Count(Entry(0644, 1001));
  const Finding finding = Only();
  EXPECT_EQ(finding.code, "PERM_OWNER_MISMATCH");
  EXPECT_EQ(finding.severity, Severity::kP0);
  EXPECT_NE(finding.refusal.find("another user"), std::string::npos);
  EXPECT_EQ(finding.evidence.at("security"), EvidenceValue(std::int64_t{1}));
}

TEST_F(Permissions, RootsAndForeignFilesOfOneFolderAreTwoFindings) {
  Count(Entry(0644, 0));
  Count(Entry(0644, 1001));
  EXPECT_THAT(Codes(), ElementsAre("PERM_OWNER_MISMATCH", "PERM_OWNER_MISMATCH"));
}

TEST_F(Permissions, WriteRightsOfOthersAreFlagged) {
  Count(Entry(0666));
  Finding finding = Only();
  EXPECT_EQ(finding.code, "PERM_WORLD_WRITABLE");
  EXPECT_EQ(finding.severity, Severity::kP2);
  EXPECT_EQ(finding.evidence.at("security"), EvidenceValue(std::int64_t{1}));
  Count(Entry(0666, 1001));
  EXPECT_THAT(Names(Check()),
              ElementsAre("PERM_OWNER_MISMATCH " + kInfo + "/ses_1000.json", "PERM_WORLD_WRITABLE " + kInfo));
  EXPECT_EQ(Check()[1].severity, Severity::kP0);
}

TEST_F(Permissions, TheRightsOfAGroupCountWhenSomebodyElseIsInIt) {
  Count(Entry(0664, kMira, kMirasGroup));
  Count(Entry(0775, kMira, kMirasGroup), kInfo, Kind::kDirectory);
  EXPECT_THAT(Check(), IsEmpty());
  Count(Entry(0664, kMira, kUsers));
  EXPECT_EQ(Only().code, "PERM_WORLD_WRITABLE");
  home_.access.private_groups.reset();
  EXPECT_THAT(Check(), IsEmpty()) << "who is in the group could not be found out";
}

TEST_F(Permissions, AnAccessControlListTellsWhoTheGroupsRightsAreFor) {
  Count(Entry(0664));
  Acl& list = home_.access.lists[home_.roots[0].root.path + "/" + kInfo + "/ses_1000.json"];
  list = {{AclEntry::Tag::kOwner, 0, 6},
          {AclEntry::Tag::kUser, kMira, 6},
          {AclEntry::Tag::kOwningGroup, 0, 4},
          {AclEntry::Tag::kMask, 0, 6},
          {AclEntry::Tag::kOther, 0, 4}};
  EXPECT_THAT(Check(), IsEmpty());
  list[1].id = 1001;
  EXPECT_EQ(Only().code, "PERM_WORLD_WRITABLE");
}

TEST_F(Permissions, ASharedSessionsSecretIsExposedWhenOthersCanGetThere) {
  Count(Entry(0644), "storage/session/share");
  EXPECT_THAT(Check(), IsEmpty());
  OpenTheWay();
  EXPECT_EQ(Only().code, "PERM_SECRET_EXPOSED");
  home_.access.above["/home/mira"].mode = S_IFDIR | 0700;
  EXPECT_THAT(Check(), IsEmpty()) << "a private home protects what is in it";
  home_.access.above["/home/mira"] = Entry(S_IFDIR | 0750, kMira, kMirasGroup);
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(Permissions, OnlyTheOwnerMayReadAuthJsonWhereverItLies) {
  const std::string path = "/home/mira/.local/share/dgmo/auth.json";
  home_.access.entries[path] = {Entry(S_IFREG | 0600), 0600, true};
  EXPECT_THAT(Check(), IsEmpty());
  home_.access.entries[path].stat.mode = S_IFREG | 0640;
  const Finding finding = Only();
  EXPECT_EQ(finding.code, "PERM_SECRET_EXPOSED");
  EXPECT_EQ(finding.path, path);
  EXPECT_EQ(finding.root, "/home/mira");
}

TEST_F(Permissions, AConfigurationIsExposedWhenASecretIsInIt) {
  OpenTheWay();
  home_.access.above["/home/mira/.config"] = Entry(S_IFDIR | 0755);
  home_.access.above["/home/mira/.config/dgmo"] = Entry(S_IFDIR | 0755);
  const std::string path = "/home/mira/.config/dgmo/config.json";
  home_.access.entries[path] = {Entry(S_IFREG | 0644), 0400, false};
  EXPECT_THAT(Check(), IsEmpty());
  home_.access.with_secrets.insert(path);
  EXPECT_EQ(Only().code, "PERM_SECRET_EXPOSED");
}

TEST_F(Permissions, AnImmutableFileIsReportedAndLeft) {
  FileStat stat = Entry(0644);
  stat.immutable = true;
  Count(stat);
  EXPECT_EQ(Only().code, "PERM_IMMUTABLE");
  EXPECT_EQ(Only().repair, "");
}

TEST_F(Permissions, WhatCannotBeReadIsCountedOnceAndOwnedByItsCause) {
  home_.roots[0].unreadable["storage/session/share/a.json"] = {EACCES, false};
  home_.roots[0].unreadable["storage/session/share/b.json"] = {EACCES, false};
  Finding finding = Only();
  EXPECT_EQ(finding.code, "PERM_FILE_ACCESS");
  EXPECT_EQ(finding.evidence.at("files"), EvidenceValue(std::int64_t{2}));
  EXPECT_EQ(finding.evidence.at("errno"), EvidenceValue(std::int64_t{EACCES}));
  Count(Entry(0600, 0), "storage/session/share", Kind::kDocument, 2);
  EXPECT_EQ(Only().code, "PERM_OWNER_MISMATCH") << "that is why";
}

TEST_F(Permissions, TheWayToADataRootMustBeOpenToItsOwner) {
  OpenTheWay();
  home_.access.above["/home/mira/.local"].mode = S_IFDIR | 0600;
  EXPECT_THAT(Names(Check()), ElementsAre("PERM_DIR_ACCESS /home/mira/.local"));
  home_.access.above["/home/mira/.local"] = Entry(S_IFDIR | 0755, 0);
  EXPECT_THAT(Check(), IsEmpty()) << "root's, but it lets everybody through";
}

TEST(StorageIoError, ALostDiskIsOneFindingAFolder) {
  StoreBuilder store;
  store.Family();
  for (int i = 0; i < 100; ++i) {
    store.model.unreadable["storage/session/share/" + std::to_string(i) + ".json"] = {EIO, false};
  }
  const std::vector<Finding> findings = CheckStore(store);
  EXPECT_THAT(Names(findings), ElementsAre("STORAGE_IO_ERROR storage/session/share"));
  EXPECT_EQ(findings[0].evidence.at("entries"), EvidenceValue(std::int64_t{100}));
}

TEST(StorageIoError, IsOfDisksAndNotOfTheAgentsOwnLimits) {
  for (const int error : {EIO, ESTALE, EUCLEAN}) {
    StoreBuilder store;
    store.Family().model.unreadable["storage/session/share/a.json"] = {error, false};
    EXPECT_THAT(NamesIn(store), ElementsAre("STORAGE_IO_ERROR storage/session/share/a.json")) << error;
  }
  for (const int error : {EMFILE, ENOMEM, 0}) {
    StoreBuilder store;
    store.Family().model.unreadable["storage/session/share/a.json"] = {error, false};
    EXPECT_THAT(NamesIn(store), IsEmpty()) << error;
  }
}

}  // namespace
}  // namespace fleet::agent
