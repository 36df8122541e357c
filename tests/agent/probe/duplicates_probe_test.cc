#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "agent/probe/probes.h"
#include "agent/store/scan.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

// A family of sessions in one root, and a copy of the root.
class DuplicatesProbe : public ::testing::Test {
 protected:
  DuplicatesProbe() {
    parent_ = store_.AddConversation("Refactor invoice rounding");
    child_ = store_.AddAgent(parent_, "Audit rounding calls");
    fs::copy(store_.path(), copy_, fs::copy_options::recursive);
  }

  std::map<std::string, DifferingSession> Probe() {
    HomeModel home;
    for (const std::string& path : {store_.path(), copy_}) {
      Root root = store_.AsRoot();
      root.path = path;
      home.roots.push_back(ScanRoot(root).value());
    }
    ProbeDuplicates({}, home);
    EXPECT_TRUE(home.duplicates.has_value());
    return home.duplicates.value_or(DuplicateFacts()).sessions;
  }
  void Change(const std::string& path) {
    std::string bytes = store_.Read(path);
    bytes[bytes.find_last_of("0123456789")] ^= 1;  // the same size
    store_.Write(path, bytes);
  }
  // Of the parent's messages the first.
  std::string AMessage() const {
    const std::string folder = store_.ConversationPath(parent_);
    std::string first;
    for (const auto& entry : fs::directory_iterator(store_.path() + "/" + folder)) {
      const std::string name = entry.path().filename().string();
      if (first.empty() || name < first) first = name;
    }
    return folder + "/" + first;
  }

  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string copy_ = dir_ / "copy";
  std::string parent_;
  std::string child_;
};

TEST_F(DuplicatesProbe, ACopyIsNoDuplicate) { EXPECT_THAT(Probe(), IsEmpty()); }

TEST_F(DuplicatesProbe, FindsEveryKindOfDocumentThatDiffers) {
  for (const std::string& path :
       {store_.InfoPath(parent_), store_.RecordPath(child_), store_.IndexPath(parent_), AMessage()}) {
    const std::string before = store_.Read(path);
    Change(path);
    const auto sessions = Probe();
    ASSERT_THAT(sessions, SizeIs(1)) << path;
    EXPECT_EQ(sessions.begin()->first, path == store_.RecordPath(child_) ? child_ : parent_);
    ASSERT_THAT(sessions.begin()->second.documents, SizeIs(1)) << path;
    const DifferingDocument& document = sessions.begin()->second.documents[0];
    ASSERT_THAT(document.copies, SizeIs(2));
    EXPECT_EQ(document.copies[0].path, path);
    EXPECT_NE(document.copies[0].sha256, document.copies[1].sha256);
    store_.Write(path, before);
  }
}

TEST_F(DuplicatesProbe, KeepsAFewDocumentsOfASessionAndCountsTheRest) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = store_.AddAnswer(parent_, "here");
    fs::copy(store_.path() + "/" + store_.MessagePath(parent_, id), copy_ + "/" + store_.MessagePath(parent_, id));
    store_.Write(store_.MessagePath(parent_, id), store_.AnswerText(parent_, id, "there it is longer"));
  }
  Change(store_.InfoPath(parent_));
  const auto sessions = Probe();
  ASSERT_THAT(sessions, SizeIs(1));
  EXPECT_EQ(sessions.at(parent_).count, 41);
  EXPECT_EQ(sessions.at(parent_).messages, 40);
  EXPECT_EQ(sessions.at(parent_).documents.size(), 16U);
  EXPECT_EQ(sessions.at(parent_).documents[0].cls, DocumentClass::kSession) << "the info first";
}

TEST_F(DuplicatesProbe, ADamagedCopyIsACopyAllTheSame) {
  store_.Write(store_.InfoPath(parent_), "");
  const auto sessions = Probe();
  ASSERT_THAT(sessions, SizeIs(1));
  EXPECT_EQ(sessions.at(parent_).documents[0].copies[0].stat.size, 0);
}

TEST_F(DuplicatesProbe, WhatOneRootHasAloneIsNoDuplicate) {
  store_.AddConversation("Only here");
  store_.AddAnswer(parent_, "Only here");
  EXPECT_THAT(Probe(), IsEmpty());
}

TEST_F(DuplicatesProbe, TwoNamesOfOneFileAreNoDuplicate) {
  const std::string info = store_.InfoPath(parent_);
  Change(info);
  fs::remove(copy_ + "/" + info);
  fs::create_hard_link(store_.path() + "/" + info, copy_ + "/" + info);
  EXPECT_THAT(Probe(), IsEmpty());
}

TEST_F(DuplicatesProbe, FollowsNoLinkThatTookTheFilesPlace) {
  const std::string info = store_.InfoPath(parent_);
  HomeModel home;
  for (const std::string& path : {store_.path(), copy_}) {
    Root root = store_.AsRoot();
    root.path = path;
    home.roots.push_back(ScanRoot(root).value());
  }
  fs::remove(copy_ + "/" + info);
  fs::create_symlink("/etc/passwd", copy_ + "/" + info);
  ProbeDuplicates({}, home);
  for (const auto& [id, session] : home.duplicates->sessions) {
    for (const auto& copy : session.documents[0].copies) EXPECT_NE(copy.stat.size, fs::file_size("/etc/passwd"));
  }
}

}  // namespace
}  // namespace fleet::agent
