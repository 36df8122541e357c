#include "agent/repair/planned_root.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/store/scan.h"
#include "common/sha256.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

class PlannedRootTest : public ::testing::Test {
 protected:
  PlannedRoot Open() {
    const Root root = store_.AsRoot();
    return {*Directory::OpenRoot(root.path), *ScanRoot(root), store_.now_ms() + 60'000};
  }

  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string session_ = store_.AddConversation("Refactor");
  std::string info_ = store_.InfoPath(session_);
};

TEST_F(PlannedRootTest, ShowsWhatIsPlannedAndLeavesTheDiskAlone) {
  PlannedRoot root = Open();
  const std::string before = store_.Read(info_);
  ASSERT_TRUE(root.Add({Quarantine{info_, "test"}, WriteFile{"storage/session/info/ses_new.json", "{}"}}).ok());
  EXPECT_EQ(root.Read(info_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(root.Stat(info_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*root.Read("storage/session/info/ses_new.json"), "{}");
  EXPECT_EQ(root.Stat("storage/session/info/ses_new.json")->size, 2);
  EXPECT_THAT(*root.List("storage/session/info"), ::testing::ElementsAre("ses_new.json"));
  EXPECT_FALSE(root.model().HasInfoFile(session_));
  EXPECT_EQ(store_.Read(info_), before);
  EXPECT_FALSE(store_.Has("storage/session/info/ses_new.json"));
}

TEST_F(PlannedRootTest, StatesWhatIsThereBeforeAStep) {
  PlannedRoot root = Open();
  const auto steps = root.Add({WriteFile{info_, "{}"}, WriteFile{"storage/session/info/ses_new.json", "{}"}});
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->at(0).before_sha256, Sha256Hex(store_.Read(info_)));
  EXPECT_GT(steps->at(0).before->inode, 0U);
  EXPECT_FALSE(steps->at(1).before);
}

TEST_F(PlannedRootTest, StatesOnlySizeAndHashOfWhatAnEarlierStepWrites) {
  PlannedRoot root = Open();
  ASSERT_TRUE(root.Add({WriteFile{info_, "first"}}).ok());
  const auto steps = root.Add({WriteFile{info_, "second"}});
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->at(0).before->inode, 0U);
  EXPECT_EQ(steps->at(0).before->size, 5);
  EXPECT_EQ(steps->at(0).before_sha256, Sha256Hex("first"));
}

TEST_F(PlannedRootTest, CountsAReplacedMessageOnce) {
  PlannedRoot root = Open();
  const std::string name = root.List(store_.ConversationPath(session_))->front();
  const std::string path = store_.ConversationPath(session_) + "/" + name;
  const std::string bytes = *root.Read(path);
  ASSERT_TRUE(root.Add({WriteFile{path, ""}}).ok());
  EXPECT_EQ(root.model().conversations.at(session_).messages, 1);
  EXPECT_EQ(root.model().conversations.at(session_).damaged, 1);
  ASSERT_TRUE(root.Add({WriteFile{path, bytes}}).ok());
  EXPECT_EQ(root.model().conversations.at(session_).messages, 2);
  EXPECT_EQ(root.model().conversations.at(session_).damaged, 0);
  EXPECT_TRUE(root.model().damaged.empty());
}

TEST_F(PlannedRootTest, RefusesWhatCannotBeDoneAndChangesNothing) {
  PlannedRoot root = Open();
  std::filesystem::create_symlink("/etc/passwd", store_.path() + "/storage/session/info/link.json");
  const std::string gone = "storage/session/info/gone.json";
  EXPECT_EQ(root.Add({WriteFile{"app.json", "x"}, Quarantine{gone, ""}}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(*root.Read("app.json"), "x");
  for (const char* path : {"storage/session/info/link.json", "storage/session/info"}) {
    EXPECT_EQ(root.Add({WriteFile{path, "x"}}).status().code(), absl::StatusCode::kFailedPrecondition) << path;
    EXPECT_EQ(root.Add({Quarantine{path, ""}}).status().code(), absl::StatusCode::kFailedPrecondition) << path;
  }
  EXPECT_FALSE(root.Add({WriteFile{"../outside.json", "x"}}).ok());
  EXPECT_EQ(root.Add({MakeDirectory{"app.json"}}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PlannedRootTest, NeedsNoStepForADirectoryThatIsThere) {
  PlannedRoot root = Open();
  EXPECT_TRUE(root.Add({MakeDirectory{"storage/session/info"}})->empty());
  EXPECT_EQ(root.Add({MakeDirectory{"storage/session/share"}})->size(), 1U);
  EXPECT_TRUE(root.model().directories.contains("storage/session/share"));
}

TEST_F(PlannedRootTest, ListsNothingInAMissingDirectory) {
  PlannedRoot root = Open();
  EXPECT_TRUE(root.List("storage/session/nowhere")->empty());
}

}  // namespace
}  // namespace fleet::agent
