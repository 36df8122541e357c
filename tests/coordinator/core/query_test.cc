#include <gtest/gtest.h>

#include "coordinator/core/query_agents.h"
#include "coordinator/core/query_incidents.h"
#include "coordinator/core/query_overview.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

// Machines a00..a11; those of even number have a P1 finding, a00 a P0 too.
class Queries : public ::testing::Test {
 protected:
  Queries() {
    for (int i = 0; i < 12; ++i) {
      const std::string id = (i < 10 ? "a0" : "a") + std::to_string(i);
      EXPECT_TRUE(brain.Attach(i + 1, id).ok());
      std::vector<Finding> findings;
      if (i % 2 == 0) findings.push_back(MakeFinding("even", Severity::kP1, "even.code"));
      if (i == 0) findings.push_back(MakeFinding("zero", Severity::kP0, "zero.code"));
      EXPECT_TRUE(brain.Full(i + 1, findings).ok());
      brain.clock.Advance(kSecond);
    }
    EXPECT_TRUE(brain.Detach(3).ok());
  }

  // All ids of the list, gathered page by page.
  std::vector<std::string> Agents(const AgentFilter& filter, int size) {
    std::vector<std::string> ids;
    PageRequest request{"", size};
    do {
      const auto page = ListAgents(brain.state(), filter, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return {};
      EXPECT_LE(page->items.size(), static_cast<std::size_t>(size));
      for (const auto& row : page->items) ids.push_back(row->id);
      request.token = page->next_token;
    } while (!request.token.empty());
    return ids;
  }
  std::vector<std::string> Incidents(const IncidentFilter& filter, int size) {
    std::vector<std::string> lines;
    PageRequest request{"", size};
    do {
      const auto page = ListIncidents(brain.state(), filter, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return {};
      for (const auto& row : page->items) lines.push_back(row->agent_id + " " + row->finding->fingerprint);
      request.token = page->next_token;
    } while (!request.token.empty());
    return lines;
  }

  Brain brain;
};

using Names = std::vector<std::string>;

TEST_F(Queries, PagesOfAgentsAreInOrderAndComplete) {
  for (int size : {1, 5, 12, 1000}) {
    const Names ids = Agents({}, size);
    EXPECT_EQ(ids.size(), 12u);
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(ListAgents(brain.state(), {}, {"", 1001}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ListAgents(brain.state(), {}, {"", -1}).status()));
}

TEST_F(Queries, AgentsAreFilteredByHealthAndConnectivity) {
  EXPECT_EQ(Agents({{Health::kEmergency}, {}}, 3), (Names{"a00"}));
  EXPECT_EQ(Agents({{Health::kCritical, Health::kEmergency}, {Connectivity::kOnline}}, 2),
            (Names{"a00", "a04", "a06", "a08", "a10"}));
  EXPECT_EQ(Agents({{}, {Connectivity::kStale}}, 2), (Names{"a02"}));
}

TEST_F(Queries, AMachineIsFoundByIdBeginningOrHostName) {
  EXPECT_EQ((*FindAgent(brain.state(), "a07"))->id, "a07");
  EXPECT_EQ((*FindAgent(brain.state(), "host-a07"))->id, "a07");
  EXPECT_TRUE(absl::IsInvalidArgument(FindAgent(brain.state(), "a0").status()));
  EXPECT_TRUE(absl::IsNotFound(FindAgent(brain.state(), "b").status()));
  EXPECT_TRUE(absl::IsNotFound(FindAgent(brain.state(), "").status()));
  ASSERT_TRUE(brain.Attach(50, "bcd").ok());
  EXPECT_EQ((*FindAgent(brain.state(), "b"))->id, "bcd");
}

TEST_F(Queries, OpenIncidentsComeMostUrgentFirst) {
  const Names expected{"a00 zero", "a00 even", "a02 even", "a04 even", "a06 even", "a08 even", "a10 even"};
  for (int size : {1, 2, 7, 100}) EXPECT_EQ(Incidents({}, size), expected);
  EXPECT_TRUE(absl::IsInvalidArgument(ListIncidents(brain.state(), {}, {"garbage", 1}).status()));
}

TEST_F(Queries, IncidentsAreFiltered) {
  IncidentFilter filter;
  filter.severities = {Severity::kP0};
  EXPECT_EQ(Incidents(filter, 1), (Names{"a00 zero"}));
  filter = {};
  filter.agent_id = "a00";
  EXPECT_EQ(Incidents(filter, 1), (Names{"a00 zero", "a00 even"}));
  filter.code = "even.code";
  EXPECT_EQ(Incidents(filter, 1), (Names{"a00 even"}));
  filter.agent_id = "nobody";
  EXPECT_EQ(Incidents(filter, 1), Names{});
}

TEST_F(Queries, ResolvedIncidentsAreListedWhenAskedForNewestFirst) {
  ASSERT_TRUE(brain.Difference(5, {}, {"even"}).ok());
  brain.clock.Advance(kSecond);
  ASSERT_TRUE(brain.Difference(7, {}, {"even"}).ok());
  IncidentFilter filter;
  filter.states = {v1::INCIDENT_STATE_RESOLVED};
  EXPECT_EQ(Incidents(filter, 1), (Names{"a06 even", "a04 even"}));
  filter.states.push_back(v1::INCIDENT_STATE_OPEN);
  EXPECT_EQ(Incidents(filter, 2).size(), 7u);
}

TEST_F(Queries, AnIncidentIsShownWithItsTimeline) {
  const std::string id = brain.Latest("a00", "zero")->id;
  brain.executor.Advance(kSecond);
  const auto view = GetIncident(brain.state(), id);
  ASSERT_TRUE(view.ok());
  ASSERT_EQ(view->timeline.size(), 2u);
  EXPECT_EQ(view->timeline[0]->what, "opened");
  EXPECT_EQ(view->timeline[1]->what, "response_overdue") << "a P0 is due at once";
  EXPECT_TRUE(absl::IsInvalidArgument(GetIncident(brain.state(), "inc_").status()));
}

TEST_F(Queries, TheOverviewCountsEverything) {
  ASSERT_TRUE(brain.Start(Everyone(), RepairOf()).ok());
  const auto overview = GetOverview(brain.state(), 3);
  ASSERT_TRUE(overview.ok());
  EXPECT_EQ(overview->agents, 12);
  EXPECT_EQ(overview->agents_by_health[static_cast<int>(Health::kHealthy)], 6);
  EXPECT_EQ(overview->agents_by_health[static_cast<int>(Health::kCritical)], 5);
  EXPECT_EQ(overview->agents_by_health[static_cast<int>(Health::kEmergency)], 1);
  EXPECT_EQ(overview->agents_by_connectivity[static_cast<int>(Connectivity::kOnline)], 11);
  EXPECT_EQ(overview->agents_by_connectivity[static_cast<int>(Connectivity::kStale)], 1);
  EXPECT_EQ(overview->incidents_by_severity[0], 1);
  EXPECT_EQ(overview->incidents_by_severity[1], 6);
  EXPECT_EQ(overview->open_incidents, 7);
  EXPECT_EQ(overview->running_commands, 12);
  ASSERT_EQ(overview->worst_agents.size(), 3u);
  EXPECT_EQ(overview->worst_agents[0]->id, "a00");
  EXPECT_EQ(overview->incidents[0]->finding->fingerprint, "zero");
  EXPECT_TRUE(absl::IsInvalidArgument(GetOverview(brain.state(), 101).status()));
}

TEST_F(Queries, FindingsOfAMachineComeMostSevereFirst) {
  const auto findings = FindingsOf(brain.state(), "a00", 10);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0]->finding->fingerprint, "zero");
  EXPECT_EQ(FindingsOf(brain.state(), "a00", 1).size(), 1u);
  EXPECT_TRUE(FindingsOf(brain.state(), "a01", 1).empty());
}

TEST_F(Queries, DispatchesComeNewestFirst) {
  Names started;
  for (int i = 0; i < 5; ++i) {
    started.insert(started.begin(), brain.Start(Everyone(), RepairOf())->row->id);
    brain.clock.Advance(kSecond);
  }
  Names listed;
  PageRequest request{"", 2};
  do {
    const auto page = ListDispatches(brain.state(), request);
    ASSERT_TRUE(page.ok());
    for (const auto& view : page->items) listed.push_back(view.row->id);
    request.token = page->next_token;
  } while (!request.token.empty());
  EXPECT_EQ(listed, started);
  EXPECT_EQ(CommandsOf(brain.state(), "a03", 2).size(), 2u);
  EXPECT_EQ(CommandsOf(brain.state(), "a03", 2)[0].row->dispatch_id, started[0]);
}

}  // namespace
}  // namespace fleet::coordinator
