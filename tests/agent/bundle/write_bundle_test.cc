#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/bundle/bundle.h"
#include "common/sha256.h"
#include "tests/support/bundle_reader.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

Bundle Small() {
  Bundle bundle;
  bundle.Add("a.txt", "some text\n");
  bundle.Report("Part", "said");
  Redactor redactor({});
  bundle.Finish(redactor, 1'751'970'000'000, false);
  return bundle;
}

TEST(WriteBundle, HoldsEveryMemberAsTheManifestSays) {
  TempDir dir;
  ASSERT_TRUE(WriteBundle(Small(), dir / "b.tar.zst", false, 1).ok());
  const auto members = ReadBundle(dir / "b.tar.zst");
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members.at("a.txt"), "some text\n");
  EXPECT_NE(members.at("report.txt").find("== Part\nsaid\n"), std::string::npos);
  const auto manifest = nlohmann::json::parse(members.at("manifest.json"));
  for (const auto& member : manifest["members"]) {
    const std::string& bytes = members.at(member["path"].get<std::string>());
    EXPECT_EQ(member["size"], bytes.size());
    EXPECT_EQ(member["sha256"], Sha256Hex(bytes));
  }
  EXPECT_EQ(manifest["members"].size(), 2U) << "all but itself";
}

TEST(WriteBundle, OnlyItsOwnerCanReadIt) {
  TempDir dir;
  const mode_t old = umask(0);
  ASSERT_TRUE(WriteBundle(Small(), dir / "b.tar.zst", false, 1).ok());
  umask(old);
  struct stat found {};
  ASSERT_EQ(stat((dir / "b.tar.zst").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
}

TEST(WriteBundle, ReplacesOnlyWhenForced) {
  TempDir dir;
  dir.Write("b.tar.zst", "mine");
  EXPECT_EQ(WriteBundle(Small(), dir / "b.tar.zst", false, 1).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(std::filesystem::file_size(dir / "b.tar.zst"), 4U);
  EXPECT_TRUE(WriteBundle(Small(), dir / "b.tar.zst", true, 1).ok());
  EXPECT_EQ(ReadBundle(dir / "b.tar.zst").size(), 3U);
}

TEST(WriteBundle, FollowsNoLink) {
  TempDir dir;
  dir.Write("precious", "mine");
  std::filesystem::create_symlink(dir / "precious", dir / "b.tar.zst");
  EXPECT_EQ(WriteBundle(Small(), dir / "b.tar.zst", false, 1).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(WriteBundle(Small(), dir / "b.tar.zst", true, 1).ok());
  EXPECT_EQ(std::filesystem::file_size(dir / "precious"), 4U);
  EXPECT_FALSE(std::filesystem::is_symlink(dir / "b.tar.zst"));
}

TEST(WriteBundle, LeavesNothingWhenItFails) {
  TempDir dir;
  EXPECT_FALSE(WriteBundle(Small(), dir / "missing/b.tar.zst", false, 1).ok());
  std::filesystem::create_directories(dir / "taken");
  EXPECT_FALSE(WriteBundle(Small(), dir / "taken", true, 1).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Bundle, IsBounded) {
  Bundle bundle;
  bundle.Add("large", std::string(Bundle::kLargestMember + 1, 'x'));
  for (std::size_t i = 0; i < 2 * Bundle::kMostMembers; ++i) bundle.Add(std::to_string(i), "");
  Redactor redactor({});
  bundle.Finish(redactor, 0, false);
  EXPECT_LE(bundle.members().size(), Bundle::kMostMembers + 2);
  EXPECT_EQ(bundle.members()[0].bytes.size(), Bundle::kLargestMember);
  EXPECT_GT(nlohmann::json::parse(bundle.members().back().bytes)["problems"].size(), 1U);
}

}  // namespace
}  // namespace fleet::agent
