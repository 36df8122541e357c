#include "coordinator/ctl/json_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coordinator/ctl/enum_text.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

namespace {

using Json = nlohmann::ordered_json;

TEST(EnumText, SpellsStatesAsTheContractDoes) {
  EXPECT_EQ(Text(v1::SEVERITY_P1), "P1");
  EXPECT_EQ(Text(v1::COMMAND_STATE_SUCCEEDED), "SUCCEEDED");
  EXPECT_EQ(Text(v1::INCIDENT_STATE_OPEN), "open");
  EXPECT_EQ(Text(v1::DISPATCH_STATE_CANCELLING), "cancelling");
}

TEST(EnumText, ShowsAValueItDoesNotKnowAsItsNumber) { EXPECT_EQ(Text(static_cast<v1::CommandState>(42)), "42"); }

TEST(EnumText, ReadsBackWhatItWrites) {
  EXPECT_EQ(EnumNamed(*v1::IncidentState_descriptor(), "repairing"), v1::INCIDENT_STATE_REPAIRING);
  EXPECT_EQ(EnumNamed(*v1::IncidentState_descriptor(), "nonsense"), 0);
}

TEST(JsonView, NumbersAreNumbersAndDefaultsAreThere) {
  v1::Overview overview;
  overview.set_at_ms(1'790'000'000'000);
  overview.add_incidents_by_severity(3);
  (*overview.mutable_agents_by_health())["critical"] = 2;
  const Json json = ToJsonView(overview);
  EXPECT_EQ(json["at_ms"], 1'790'000'000'000);
  EXPECT_TRUE(json["at_ms"].is_number_integer());
  EXPECT_EQ(json["incidents_by_severity"], Json::array({3}));
  EXPECT_EQ(json["agents_by_health"]["critical"], 2);
  EXPECT_EQ(json["open_incidents"], 0);
  EXPECT_EQ(json["worst_agents"], Json::array());
}

TEST(JsonView, AFindingHasTheFormOfEveryJsonOutput) {
  v1::Incident incident;
  incident.set_state(v1::INCIDENT_STATE_OPEN);
  v1::Finding& finding = *incident.mutable_finding();
  finding.set_code("INDEX_JSON_INVALID");
  finding.set_fingerprint("f1");
  finding.set_severity(v1::SEVERITY_P2);
  (*finding.mutable_evidence())["offset"].set_number(17);
  (*finding.mutable_evidence())["error"].set_text("unexpected end");
  const Json json = ToJsonView(incident);
  EXPECT_EQ(json["state"], "open");
  EXPECT_EQ(json["finding"]["severity"], "P2");
  EXPECT_EQ(json["finding"]["evidence"]["offset"], 17);
  EXPECT_EQ(json["finding"]["evidence"]["error"], "unexpected end");
  EXPECT_TRUE(json["finding"]["repair"].is_null());
}

TEST(JsonView, OfAlternativesOnlyTheOneThatIsSetAppears) {
  v1::Command command;
  command.mutable_action()->mutable_check();
  command.set_state(v1::COMMAND_STATE_QUEUED);
  const Json json = ToJsonView(command);
  EXPECT_TRUE(json["action"].contains("check"));
  EXPECT_FALSE(json["action"].contains("repair"));
  EXPECT_TRUE(json["result"].is_null());
}

TEST(JsonView, ADocumentNeverFailsOnBadUtf8) {
  Json json;
  json["name"] = "\xFF";
  EXPECT_NE(JsonDocument(json).find("name"), std::string::npos);
  EXPECT_EQ(JsonLine(json).back(), '\n');
}

}  // namespace

}  // namespace fleet::coordinator
