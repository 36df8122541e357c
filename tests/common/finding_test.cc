#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/finding_json.h"
#include "common/finding_wire.h"

namespace fleet {
namespace {

Finding Sample() {
  Finding finding;
  finding.code = "INDEX_MISSING_ENTRY";
  finding.severity = Severity::kP2;
  finding.component = "sub-sessions";
  finding.root_kind = "U";
  finding.root = "/d/dgmo/project/p";
  finding.path = "/d/dgmo/project/p/x.json";
  finding.paths = {finding.path, "/d/dgmo/project/p/y.json"};
  finding.subject_id = "ses_1";
  finding.evidence = {{"entries", std::int64_t{-3}}, {"parent", std::string("ses_0")}, {"empty", std::string()}};
  finding.repair = "R-INDEX";
  finding.auto_repair = true;
  finding.refusal = "dgmo is running";
  finding.fingerprint = Fingerprint(finding.code, finding.root, finding.subject_id);
  finding.first_seen_ms = 1;
  finding.last_seen_ms = 1'790'000'000'000;
  return finding;
}

std::string Json(const Finding& finding) { return ToJson(finding).dump(); }

TEST(FindingWire, BringsBackWhatWasSent) {
  const absl::StatusOr<Finding> back = FromWire(ToWire(Sample()));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(Json(*back), Json(Sample()));
  EXPECT_EQ(back->evidence, Sample().evidence);
}

TEST(FindingWire, EverySeverityHasItsValue) {
  for (const Severity severity : {Severity::kP0, Severity::kP1, Severity::kP2, Severity::kP3}) {
    EXPECT_EQ(FromWire(ToWire(severity)).value(), severity);
  }
  EXPECT_EQ(ToWire(Severity::kP0), v1::SEVERITY_P0);
  EXPECT_FALSE(FromWire(v1::SEVERITY_UNSPECIFIED).ok());
  EXPECT_FALSE(FromWire(static_cast<v1::Severity>(5)).ok());
  EXPECT_FALSE(FromWire(static_cast<v1::Severity>(-1)).ok());
}

TEST(FindingWire, NamesThatAreNotUtf8CanBeSent) {
  Finding finding = Sample();
  finding.path = "/d/\xFF.json";
  finding.paths = {finding.path};
  finding.subject_id = std::string(1, '\xFF');
  std::string bytes;
  ASSERT_TRUE(ToWire(finding).SerializeToString(&bytes));
  v1::Finding wire;
  ASSERT_TRUE(wire.ParseFromString(bytes));
  EXPECT_EQ(wire.path(), "/d/\\xff.json");
}

TEST(FindingWire, WhatIsTooLongIsCutSoThatThePeerTakesIt) {
  Finding finding = Sample();
  finding.path = std::string(10'000, 'p');
  finding.paths.assign(1000, std::string(5000, '\xFF'));
  finding.evidence["fault"] = std::string(9'000, 'f');
  for (int i = 0; i < 10; ++i) finding.subject_id.append(1000, 's').append("é");
  const v1::Finding wire = ToWire(finding);
  EXPECT_LE(wire.path().size(), 4096U);
  EXPECT_LE(wire.paths_size(), 64);
  EXPECT_TRUE(FromWire(wire).ok()) << FromWire(wire).status();
}

TEST(FindingWire, ThePeerIsNotTrusted) {
  const auto refused = [](auto spoil) {
    v1::Finding wire = ToWire(Sample());
    spoil(wire);
    return FromWire(wire).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](v1::Finding& wire) { wire.clear_code(); }));
  EXPECT_TRUE(refused([](v1::Finding& wire) { wire.clear_fingerprint(); }));
  EXPECT_TRUE(refused([](v1::Finding& wire) { wire.clear_severity(); }));
  EXPECT_TRUE(refused([](v1::Finding& wire) { wire.set_severity(static_cast<v1::Severity>(9)); }));
  const std::string long_text(4097, 'x');
  EXPECT_TRUE(refused([&](v1::Finding& wire) { wire.set_root(long_text); }));
  EXPECT_TRUE(refused([&](v1::Finding& wire) { wire.set_paths(1, long_text); }));
  EXPECT_TRUE(refused([&](v1::Finding& wire) { (*wire.mutable_evidence())["x"].set_text(long_text); }));
  EXPECT_TRUE(refused([&](v1::Finding& wire) { (*wire.mutable_evidence())[long_text].set_number(1); }));
  EXPECT_TRUE(refused([](v1::Finding& wire) {
    const std::string path(1, 'p');
    for (int i = 0; i < 64; ++i) wire.add_paths(path);
  }));
  EXPECT_TRUE(refused([](v1::Finding& wire) {
    for (int i = 0; i < 64; ++i) (*wire.mutable_evidence())[std::to_string(i)].set_number(i);
  }));
  EXPECT_FALSE(refused([](v1::Finding&) {}));
}

TEST(FindingJson, HasTheKeysOfTheContract) {
  const nlohmann::ordered_json json = ToJson(Sample());
  for (const char* key : {"code", "severity", "component", "root", "path", "paths", "subject_id", "evidence", "repair",
                          "auto", "refusal", "fingerprint", "first_seen", "last_seen"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["severity"], "P2");
  EXPECT_EQ(json["evidence"]["entries"], -3);
  Finding plain = Sample();
  plain.repair.clear();
  plain.refusal.clear();
  plain.path = std::string(1, '\xFF');
  EXPECT_TRUE(ToJson(plain)["repair"].is_null());
  EXPECT_TRUE(ToJson(plain)["refusal"].is_null());
  EXPECT_EQ(ToJson(plain).dump().find("\xFF"), std::string::npos);
}

TEST(Fingerprint, TellsCodeRootAndSubjectApart) {
  EXPECT_EQ(Fingerprint("A", "/r", "s"), Fingerprint("A", "/r", "s"));
  EXPECT_EQ(Fingerprint("A", "/r", "s").size(), 32U);
  EXPECT_NE(Fingerprint("A", "/r", "s"), Fingerprint("B", "/r", "s"));
  EXPECT_NE(Fingerprint("AB", "", "s"), Fingerprint("A", "B", "s")) << "the parts do not run together";
}

TEST(Health, IsThatOfTheWorstFinding) {
  const auto health = [](std::int64_t p0, std::int64_t p1, std::int64_t p2, std::int64_t p3, bool repairing = false) {
    const std::int64_t counts[kSeverities] = {p0, p1, p2, p3};
    return HealthText(HealthOf(counts, repairing));
  };
  EXPECT_EQ(health(0, 0, 0, 0), "healthy");
  EXPECT_EQ(health(0, 0, 0, 1), "warning");
  EXPECT_EQ(health(0, 0, 2, 1), "warning");
  EXPECT_EQ(health(0, 1, 2, 1), "critical");
  EXPECT_EQ(health(0, 1, 0, 0, true), "recovering");
  EXPECT_EQ(health(1, 0, 0, 0, true), "emergency");
  EXPECT_EQ(HealthSymbol(Health::kWarning), "⚠️");
}

}  // namespace
}  // namespace fleet
