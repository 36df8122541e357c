// A home's logs as they lie on disk, and the errors its messages and records hold.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>

#include "agent/probe/error_texts.h"
#include "agent/probe/inspect.h"
#include "agent/probe/probes.h"
#include "agent/store/find_roots.h"
#include "agent/store/scan.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::int64_t NowMs() { return std::int64_t{std::time(nullptr)} * 1000; }

HomeModel ModelOf(const std::string& path) {
  const auto home = HomeAt(path, false);
  auto model = Inspect({.home = *home, .explicit_roots = {}}, [](std::chrono::milliseconds) {});
  return *std::move(model);
}

std::vector<std::string> Patterns(const LogFacts& facts) {
  std::vector<std::string> names;
  for (const LogFacts::Hits& hits : facts.hits) names.push_back(hits.pattern);
  return names;
}

TEST(ProbeLogs, LooksAtEveryLogOfAHome) {
  const TempDir home;
  const TempDir temporary;
  StoreWriter::Program(home.path()).Write("app.json", "{}");
  StoreWriter::Guide(home.path());
  home.Write(".local/share/dgmo/log/2025-07-08T091502.log", "EMFILE\n");
  home.Write(".local/share/opencode/log/2025-07-08T091502.log", "no space left on device\n");
  home.Write(".local/share/dgmo/project/home-mira-src-payments-api/log/tui.log", "Failed to unmarshal app info\n");
  home.Write(".local/share/opencode/User/workspaceStorage/payments/dgmo/logs/error.log", "Vector dimension mismatch\n");
  home.Write(".local/share/dgmo/log/notes.txt", "EACCES\n");
  temporary.Write("dgmo-debug/task-debug.log", "Agent creation timeout\n");
  temporary.Write("dgmo-debug/other.log", "EACCES\n");
  CheckSettings settings;
  settings.temporary_folder = temporary.path();
  HomeModel model = ModelOf(home.path());
  ProbeLogs(settings, model);
  ASSERT_TRUE(model.logs.has_value());
  EXPECT_EQ(model.logs->files.size(), 5U);
  EXPECT_THAT(Patterns(*model.logs),
              UnorderedElementsAre("EMFILE", "ENOSPC", "TUI_APPINFO", "VECTOR_DIM", "AGENT_TIMEOUT"));
  EXPECT_THAT(model.unknown, IsEmpty());
}

TEST(ProbeLogs, ASecondSweepReadsWhatWasAddedAndAnotherCatalogueBeginsAnew) {
  const TempDir home;
  CheckSettings settings;
  settings.temporary_folder = home.path();
  home.Write(".local/share/dgmo/log/a.log", "EMFILE\nlicence expired\n");
  const auto sweep = [&] {
    HomeModel model = ModelOf(home.path());
    ProbeLogs(settings, model);
    return *model.logs;
  };
  sweep();
  const LogFacts again = sweep();
  ASSERT_THAT(Patterns(again), ElementsAre("EMFILE"));
  EXPECT_EQ(again.hits[0].count, 1);
  settings.patterns = *PatternCatalogue::Extended(
      R"({"version": 1, "patterns": [{"name": "LICENCE", "regex": "licence expired", "component": "config",
          "meaning": "It has run out.", "action": "Renew it."}]})",
      *PatternCatalogue::BuiltIn());
  EXPECT_THAT(Patterns(sweep()), UnorderedElementsAre("EMFILE", "LICENCE"));
}

TEST(ProbeLogs, AHomeWithoutLogsHasNothingToSay) {
  const TempDir home;
  CheckSettings settings;
  settings.temporary_folder = home.path();
  HomeModel model = ModelOf(home.path());
  ProbeLogs(settings, model);
  ASSERT_TRUE(model.logs.has_value());
  EXPECT_THAT(model.logs->files, IsEmpty());
  EXPECT_THAT(model.unknown, IsEmpty());
}

// ---- errors in messages and records

class ErrorTexts : public ::testing::Test {
 protected:
  ErrorTexts() {
    store_.Advance(NowMs() - store_.now_ms() - 60'000);
    parent_ = store_.AddConversation("Look");
  }
  std::vector<LogFacts::Hits> Match(std::size_t most = 200) {
    LogTally tally(*PatternMatcher::Make(PatternCatalogue::BuiltIn()), 24 * 3'600'000);
    const std::vector<RootModel> roots = {*ScanRoot(store_.AsRoot())};
    MatchErrorTexts(roots, NowMs() - 24 * 3'600'000, most, tally);
    return tally.Recent(NowMs());
  }
  void AddFailure(const std::string& text) {
    const std::string id = store_.NextId("msg");
    nlohmann::json message =
        nlohmann::json::parse(store_.AnswerText(parent_, id, "EACCES is but a word of the answer"));
    message["metadata"]["error"] = {{"name", "UnknownError"}, {"data", {{"message", text}}}};
    store_.Write(store_.MessagePath(parent_, id), message.dump());
  }

  TempDir home_;
  StoreWriter store_ = StoreWriter::Program(home_.path());
  std::string parent_;
};

TEST_F(ErrorTexts, OfMessagesAreSearched) {
  AddFailure("first line\nconnect ECONNREFUSED 127.0.0.1:6333\nconnect ECONNREFUSED 127.0.0.1:6333");
  const auto hits = Match();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].pattern, "QDRANT_REFUSED");
  EXPECT_EQ(hits[0].count, 1) << "one message, one error";
  EXPECT_THAT(hits[0].ids, ElementsAre(parent_));
  EXPECT_EQ(hits[0].line, 0);
}

TEST_F(ErrorTexts, OfRecordsAreSearchedAlsoWhenDgmoCutTheSummaryInACharacter) {
  const std::string id = store_.AddSession("", parent_);
  store_.Write(store_.RecordPath(id), R"({"id":")" + id + R"(","parentSessionId":")" + parent_ +
                                          R"(","agentName":"a","taskDescription":"t","status":"failed","createdAt":)" +
                                          std::to_string(store_.now_ms()) +
                                          R"(,"summary":"Failed: EMFILE \ud83d..."})");
  const auto hits = Match();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].pattern, "EMFILE");
  EXPECT_THAT(hits[0].ids, ElementsAre(id));
}

TEST_F(ErrorTexts, AnswersAreNotErrors) { EXPECT_THAT(Match(), IsEmpty()); }

TEST_F(ErrorTexts, OfACopiedStoreAreAsOldAsTheyTell) {
  store_.Advance(-48 * std::int64_t{3'600'000});
  AddFailure("EMFILE");
  store_.Advance(48 * std::int64_t{3'600'000});
  const std::string id = store_.NextId("msg");
  for (const auto& entry :
       std::filesystem::directory_iterator(store_.path() + "/" + store_.ConversationPath(parent_))) {
    std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now());
  }
  EXPECT_THAT(Match(), IsEmpty());
}

TEST_F(ErrorTexts, OnlyTheLastOnesAreRead) {
  AddFailure("EMFILE");
  AddFailure("ENOSPC");
  const auto hits = Match(1);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].pattern, "ENOSPC");
}

}  // namespace
}  // namespace fleet::agent
