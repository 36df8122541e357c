#include "agent/link/command_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "agent/link/command_journal.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

CommandFiles FilesAt(const std::string& path) { return CommandFiles(*StateDirectory::Open(path)); }

CommandRecord Record(std::uint64_t number, const std::string& id) {
  CommandRecord record;
  record.number = number;
  record.command_id = id;
  record.received_ms = 5;
  record.expires_ms = 17;
  record.state = v1::COMMAND_STATE_FAILED;
  record.action.mutable_repair()->add_codes("MESSAGE_CORRUPT");
  record.result.set_summary("päth \"quoted\"\n and more");
  record.result.set_started_ms(1'790'000'000'000);
  record.result.add_outcomes()->set_reason("dgmo_live");
  return record;
}

std::string FileOf(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") return entry.path();
  }
  return "";
}

std::string BytesOf(const std::string& path) {
  std::stringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  return bytes.str();
}

TEST(CommandFiles, GiveBackWhatTheyWereGiven) {
  const TempDir temporary;
  const CommandRecord record = Record(3, "cmd_1");
  ASSERT_TRUE(FilesAt(temporary.path()).Save(record).ok());
  ASSERT_TRUE(FilesAt(temporary.path()).Save(Record(2, "cmd_0")).ok());
  const auto held = FilesAt(temporary.path()).Load();
  ASSERT_TRUE(held.ok());
  ASSERT_EQ(held->records.size(), 2U);
  EXPECT_TRUE(held->problems.empty());
  EXPECT_EQ(held->records[0].number, 2U);
  const CommandRecord& read = held->records[1];
  EXPECT_EQ(read.command_id, record.command_id);
  EXPECT_EQ(read.state, record.state);
  EXPECT_EQ(read.received_ms, 5);
  EXPECT_EQ(read.expires_ms, 17);
  EXPECT_FALSE(read.acknowledged);
  EXPECT_EQ(read.action.SerializeAsString(), record.action.SerializeAsString());
  EXPECT_EQ(read.result.SerializeAsString(), record.result.SerializeAsString());
}

TEST(CommandFiles, AreNeverNamedByAnIdFromTheOtherSide) {
  const TempDir temporary;
  ASSERT_TRUE(FilesAt(temporary.path()).Save(Record(1, "../../evil")).ok());
  EXPECT_EQ(fs::path(FileOf(temporary.path())).filename(), "00000000000000000001.json");
  EXPECT_EQ(FilesAt(temporary.path()).Load()->records[0].command_id, "../../evil");
}

TEST(CommandFiles, MoveATornFileAsideAndKeepTheRest) {
  const TempDir temporary;
  ASSERT_TRUE(FilesAt(temporary.path()).Save(Record(1, "cmd_1")).ok());
  const std::string file = FileOf(temporary.path());
  const std::string bytes = BytesOf(file);
  ASSERT_TRUE(FilesAt(temporary.path()).Save(Record(2, "cmd_2")).ok());
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    std::ofstream(file, std::ios::trunc) << bytes.substr(0, length);
    const auto held = FilesAt(temporary.path()).Load();
    ASSERT_TRUE(held.ok());
    ASSERT_EQ(held->problems.size(), 1U) << length;
    EXPECT_NE(held->problems[0].message().find("moved to"), absl::string_view::npos);
    EXPECT_EQ(BytesOf(file + ".damaged"), bytes.substr(0, length));
    EXPECT_EQ(held->records.back().command_id, "cmd_2");
  }
}

TEST(CommandFiles, TakeTheCommandOfADamagedFileForOneThatMayHaveRun) {
  const TempDir temporary;
  ASSERT_TRUE(FilesAt(temporary.path()).Save(Record(1, "cmd_1")).ok());
  const std::string file = FileOf(temporary.path());
  std::ofstream(file, std::ios::app) << "x";
  const auto held = FilesAt(temporary.path()).Load();
  ASSERT_EQ(held->records.size(), 1U);
  EXPECT_EQ(held->records[0].command_id, "cmd_1");
  EXPECT_EQ(held->records[0].state, v1::COMMAND_STATE_UNKNOWN);
  EXPECT_EQ(held->records[0].result.reason(), "journal_damaged");
  const auto again = FilesAt(temporary.path()).Load();
  ASSERT_EQ(again->records.size(), 1U);
  EXPECT_TRUE(again->problems.empty());
}

// Wraps the files and keeps a copy of the folder as it is after each write.
class RecordingStore final : public CommandStore {
 public:
  RecordingStore(std::string folder, std::string copies)
      : folder_(std::move(folder)), copies_(std::move(copies)), files_(FilesAt(folder_)) {}
  absl::Status Save(const CommandRecord& record) override { return Copied(files_.Save(record)); }
  absl::Status Remove(std::uint64_t number) override { return Copied(files_.Remove(number)); }
  int copies() const { return count_; }
  std::string Copy(int number) const { return copies_ + "/" + std::to_string(number); }

 private:
  absl::Status Copied(absl::Status status) {
    fs::copy(folder_, Copy(count_++), fs::copy_options::recursive);
    return status;
  }
  std::string folder_;
  std::string copies_;
  CommandFiles files_;
  int count_ = 0;
};

v1::CommandOffer Offer(const std::string& id) {
  v1::CommandOffer offer;
  offer.set_command_id(id);
  offer.mutable_action()->mutable_check();
  offer.set_expires_in_ms(60'000);
  return offer;
}

// What ran up to each write, and the folder after it: a crash in between.
TEST(CommandFiles, ACrashBetweenAnyTwoWritesNeverLetsACommandRunTwice) {
  const TempDir temporary;
  const std::string live = temporary.path() + "/live";
  fs::create_directories(temporary.path() + "/copies");
  fs::create_directories(live);
  const FakeClock clock;
  RecordingStore store(live, temporary.path() + "/copies");
  CommandJournal journal(store);
  std::map<int, std::set<std::string>> ran;  // by number of writes
  std::set<std::string> begun;
  for (const std::string id : {"c1", "c2", "c3"}) {
    ASSERT_TRUE(journal.Offer(Offer(id), InstantOf(clock)).ok());
    ran[store.copies() - 1] = begun;
    const auto next = journal.StartNext(InstantOf(clock));
    ASSERT_TRUE(next.ok() && *next != nullptr);
    begun.insert((*next)->command_id);
    ran[store.copies() - 1] = begun;
    CommandOutcome outcome;
    outcome.state = v1::COMMAND_STATE_SUCCEEDED;
    journal.Finish(id, outcome, InstantOf(clock));
    ASSERT_TRUE(journal.Settle(InstantOf(clock)).ok());
    ran[store.copies() - 1] = begun;
    journal.Acknowledge(id, v1::COMMAND_STATE_SUCCEEDED);
    ran[store.copies() - 1] = begun;
  }
  ASSERT_EQ(store.copies(), 12);
  for (int crash = 0; crash < store.copies(); ++crash) {
    CommandFiles files = FilesAt(store.Copy(crash));
    auto held = files.Load();
    ASSERT_TRUE(held.ok());
    EXPECT_TRUE(held->problems.empty());
    CommandJournal restarted(files);
    ASSERT_TRUE(restarted.Recover(std::move(held->records), InstantOf(clock)).ok());
    for (const std::string id : {"c1", "c2", "c3"}) {
      ASSERT_TRUE(restarted.Offer(Offer(id), InstantOf(clock)).ok());  // the coordinator repeats everything
    }
    std::set<std::string> again;
    for (;;) {
      const auto next = restarted.StartNext(InstantOf(clock));
      ASSERT_TRUE(next.ok());
      if (*next == nullptr) break;
      again.insert((*next)->command_id);
      restarted.Finish((*next)->command_id, {}, InstantOf(clock));
    }
    for (const std::string& id : again) EXPECT_FALSE(ran.at(crash).contains(id)) << "crash " << crash << " " << id;
    EXPECT_EQ(again.size() + ran.at(crash).size(), 3U) << "crash " << crash;
    for (const std::string& id : ran.at(crash)) {
      const v1::CommandState state = restarted.Find(id)->state;
      EXPECT_TRUE(state == v1::COMMAND_STATE_SUCCEEDED || state == v1::COMMAND_STATE_UNKNOWN);
    }
  }
}

}  // namespace
}  // namespace fleet::agent
