#include "agent/watch/raw_event.h"

#include <gtest/gtest.h>
#include <sys/inotify.h>

namespace fleet::agent {
namespace {

TEST(RawEvent, MeansWhatTheKernelSays) {
  EXPECT_EQ(MeaningOf({1, IN_CLOSE_WRITE, "a.json"}), Meaning::kChanged);
  EXPECT_EQ(MeaningOf({1, IN_MOVED_TO, "a.json"}), Meaning::kChanged);
  EXPECT_EQ(MeaningOf({1, IN_DELETE, "a.json"}), Meaning::kChanged);
  EXPECT_EQ(MeaningOf({1, IN_MODIFY, "a.json"}), Meaning::kChanged);
  EXPECT_EQ(MeaningOf({1, IN_CREATE | IN_ISDIR, "ses_1"}), Meaning::kFolderAppeared);
  EXPECT_EQ(MeaningOf({1, IN_MOVED_TO | IN_ISDIR, "ses_1"}), Meaning::kFolderAppeared);
  EXPECT_EQ(MeaningOf({1, IN_DELETE | IN_ISDIR, "ses_1"}), Meaning::kFolderGone);
  EXPECT_EQ(MeaningOf({1, IN_MOVED_FROM | IN_ISDIR, "ses_1"}), Meaning::kFolderGone);
  EXPECT_EQ(MeaningOf({1, IN_ATTRIB | IN_ISDIR, ""}), Meaning::kChanged);
  EXPECT_EQ(MeaningOf({1, IN_DELETE_SELF, ""}), Meaning::kWatchedFolderGone);
  EXPECT_EQ(MeaningOf({1, IN_MOVE_SELF, ""}), Meaning::kWatchedFolderGone);
  EXPECT_EQ(MeaningOf({1, IN_UNMOUNT, ""}), Meaning::kWatchedFolderGone);
  EXPECT_EQ(MeaningOf({1, IN_IGNORED, ""}), Meaning::kWatchEnded);
  EXPECT_EQ(MeaningOf({-1, IN_Q_OVERFLOW, ""}), Meaning::kEventsLost);
  EXPECT_EQ(MeaningOf({1, IN_OPEN, "a.json"}), Meaning::kNothing);
}

}  // namespace
}  // namespace fleet::agent
