#include "agent/cli/session_list.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<SessionRow> RowsOf(const StoreBuilder& store) {
  const HomeModel home = HomeOf({store});
  return ListSessions(home, CheckHome(home, kNowMs));
}

const SessionRow& Row(const std::vector<SessionRow>& rows, const std::string& id) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const SessionRow& row) { return row.id == id; });
  EXPECT_NE(found, rows.end()) << id;
  return *found;
}

TEST(SessionList, CountsMessagesAndSubSessionsAndTellsTheHealth) {
  StoreBuilder store;
  store.Family().model.indexes[Ses(1)].document.entries.pop_back();
  store.model.conversations[Ses(1)].newest_ms = kNowMs;
  const std::vector<SessionRow> rows = RowsOf(store);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].id, Ses(1)) << "latest activity first";
  EXPECT_EQ(rows[0].messages, 2);
  EXPECT_EQ(rows[0].sub_sessions, 2);
  EXPECT_EQ(rows[0].last_activity_ms, kNowMs);
  EXPECT_FALSE(rows[0].worst.has_value());
  EXPECT_EQ(Row(rows, Ses(3)).worst, Severity::kP2);
  EXPECT_EQ(Row(rows, Ses(3)).parent, Ses(1));
}

TEST(SessionList, AConversationWithoutInfoIsListedToo) {
  const std::vector<SessionRow> rows = RowsOf(StoreBuilder().Messages(Ses(4), 5));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].title, "");
  EXPECT_EQ(rows[0].messages, 5);
  EXPECT_EQ(rows[0].worst, Severity::kP1);
  EXPECT_EQ(rows[0].created_ms, kWrittenMs + 4000) << "from the id";
  EXPECT_THAT(SessionsText(rows, false), HasSubstr("(no info file)"));
}

TEST(SessionList, ADamagedMessageIsItsSessionsTrouble) {
  StoreBuilder store;
  store.Session(Ses(1)).Damage("storage/session/message/" + Ses(1) + "/msg_1.json", FaultKind::kEmpty);
  EXPECT_EQ(RowsOf(store).at(0).worst, Severity::kP1);
}

TEST(SessionTree, ShowsChildrenBelowTheirParentsOldestFirst) {
  StoreBuilder store;
  store.Family().Session(Ses(4), Ses(2)).Record(Ses(4), Ses(2)).Session(Ses(9));
  const std::vector<SessionRow> rows = RowsOf(store);
  std::vector<std::string> shown;
  for (const TreeRow& row : ArrangeAsTree(rows)) shown.push_back(std::to_string(row.depth) + rows[row.session].id);
  EXPECT_THAT(shown, ElementsAre("0" + Ses(9), "0" + Ses(1), "1" + Ses(2), "2" + Ses(4), "1" + Ses(3)));
}

TEST(SessionTree, ShowsEverySessionOnceEvenInARingOrWithoutItsParent) {
  StoreBuilder store;
  store.Session(Ses(1), Ses(2)).Session(Ses(2), Ses(1)).Session(Ses(3), Ses(3)).Session(Ses(4), Ses(77));
  const std::vector<SessionRow> rows = RowsOf(store);
  std::set<std::size_t> shown;
  for (const TreeRow& row : ArrangeAsTree(rows)) EXPECT_TRUE(shown.insert(row.session).second);
  EXPECT_EQ(shown.size(), 4U);
}

TEST(SessionTree, IsAsDeepAsSessionsAre) {
  std::vector<SessionRow> rows(100'000);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].id = "s" + std::to_string(i);
    if (i > 0) rows[i].parent = rows[i - 1].id;
  }
  const std::vector<TreeRow> tree = ArrangeAsTree(rows);
  ASSERT_EQ(tree.size(), rows.size());
  EXPECT_EQ(tree.back().depth, rows.size() - 1);
}

TEST(SessionsText, LongAndStrangeTitlesStayOnTheirLine) {
  StoreBuilder store;
  std::string title = "x\n\x1b[2J";
  for (int i = 0; i < 100; ++i) title.append("é");
  store.Info(Ses(1), "", title).Messages(Ses(1));
  const std::string text = SessionsText(RowsOf(store), false);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("é..."));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(SessionsText({}, true), "no session\n");
}

TEST(SessionsJson, HasOneObjectASession) {
  const nlohmann::ordered_json json = SessionsJson(RowsOf(StoreBuilder().Family()), true);
  ASSERT_EQ(json["sessions"].size(), 3U);
  EXPECT_EQ(json["sessions"][0]["id"], Ses(1));
  EXPECT_EQ(json["sessions"][0]["health"], "healthy");
  EXPECT_TRUE(json["sessions"][0]["parent"].is_null());
  EXPECT_EQ(json["sessions"][1]["depth"], 1);
}

}  // namespace
}  // namespace fleet::agent
