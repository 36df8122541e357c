#include "agent/cli/check_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

CheckReport ReportOf(const HomeModel& home) {
  CheckReport report;
  AddHome(home, CheckHome(home, kNowMs), report);
  return report;
}

CheckReport Healthy() { return ReportOf(HomeOf({StoreBuilder().Family()})); }

// An untracked child, and a file name that tries to write on the terminal.
CheckReport Faulty() {
  StoreBuilder store;
  store.Family().Session(Ses(4), Ses(1));
  store.AddStray("storage/session/info/\x1b[2Jevil\xFF.txt", Stray::Kind::kForeignFile);
  return ReportOf(HomeOf({store}));
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ReportText, SaysThatAllIsWellAndWhatWasSeen) {
  EXPECT_EQ(ReportText(Healthy(), false), "✅ healthy: no finding in 1 data root, 3 sessions, 0 files\n");
}

TEST(ReportText, GroupsByRootAndSaysWhatToDo) {
  const std::string text = ReportText(Faulty(), false);
  EXPECT_TRUE(Has(text, "U /d/dgmo/project/p\n  ❌ P1 STORAGE_FOREIGN_FILE  storage/session/info/")) << text;
  EXPECT_TRUE(Has(text, "⚠️ P2 CHILD_SESSION_UNTRACKED  storage/session/info/" + Ses(4) + ".json")) << text;
  EXPECT_TRUE(Has(text, "Repair: R-SUBSESSION-SYNTH")) << text;
  EXPECT_TRUE(Has(text, "❌ critical: 2 findings (1 P1, 1 P2)")) << text;
  EXPECT_TRUE(Has(text, "dgmo-agent repair --plan")) << text;
}

TEST(ReportText, NamesOfFilesCannotActOnTheTerminal) {
  const std::string text = ReportText(Faulty(), false);
  EXPECT_FALSE(Has(text, "\x1b"));
  EXPECT_TRUE(Has(text, "\\x1b[2Jevil\\xff.txt"));
}

TEST(ReportText, ARefusedRepairIsNotOffered) {
  StoreBuilder store;
  store.Session(Ses(2), Ses(1)).Record(Ses(2), Ses(1)).Index(Ses(1), {Ses(2)});
  const HomeModel home = HomeOf({store});
  const std::string text = ReportText(ReportOf(home), false);
  EXPECT_TRUE(Has(text, "refused now: the parent left neither messages nor a record to rebuild it from.")) << text;
  EXPECT_FALSE(Has(text, "repair --plan")) << text;
}

TEST(ReportText, SaysWhereItLookedWhenThereIsNothing) {
  EXPECT_TRUE(Has(ReportText(ReportOf(HomeOf({})), false), "no dgmo data found in /home/mira; name a data root"));
}

TEST(ReportText, TellsWhatCouldNotBeJudged) {
  HomeModel home = HomeOf({});
  home.unknown = {"http://localhost:6333", "/home/mira/.local/share/dgmo/log", "http://localhost:6333"};
  const CheckReport report = ReportOf(home);
  EXPECT_TRUE(Has(ReportText(report, false),
                  "Could not be judged, so neither healthy nor at fault: /home/mira/.local/share/dgmo/log, "
                  "http://localhost:6333\n"));
  EXPECT_EQ(ReportJson(report)["unknown"].size(), 2U);
  EXPECT_FALSE(Has(ReportText(ReportOf(HomeOf({})), false), "judged"));
}

TEST(QuickText, HasTheGuidesFourLinesAndSaysWhatItLeftOut) {
  EXPECT_EQ(QuickText(Healthy()),
            "✅ App initialisation: configuration and app state can be read\n"
            "✅ Storage paths accessible: 1 data root\n"
            "✅ Session management: 3 sessions\n"
            "✅ Sub-session tracking: 2 sub-sessions\n"
            "✅ Memory (Qdrant): not looked at\n"
            "Not looked at: what is in 0 messages, backups, logs; `dgmo-agent check` looks at everything.\n");
  const std::string faulty = QuickText(Faulty());
  EXPECT_TRUE(Has(faulty, "❌ Storage paths accessible: 1 finding, worst P1\n")) << faulty;
  EXPECT_TRUE(Has(faulty, "⚠️ Sub-session tracking: 1 finding, worst P2\n")) << faulty;
}

TEST(ReportJson, HasTheKeysOfTheContract) {
  const nlohmann::ordered_json json = ReportJson(Faulty());
  EXPECT_EQ(json["status"], "critical");
  EXPECT_EQ(json["roots"].size(), 1U);
  EXPECT_EQ(json["roots"][0]["kind"], "U");
  EXPECT_EQ(json["roots"][0]["sessions"], 4);
  EXPECT_EQ(json["findings"].size(), 2U);
  EXPECT_TRUE(json["stats"].contains("files"));
  EXPECT_TRUE(json["stats"].contains("bytes"));
  EXPECT_TRUE(json["stats"].contains("seconds"));
  EXPECT_NO_THROW(json.dump());
  EXPECT_EQ(ReportJson(Healthy())["status"], "healthy");
}

}  // namespace
}  // namespace fleet::agent
