// What this product relies on of a Qdrant server, asked of the double and, when QDRANT_URL names one (and
// QDRANT_API_KEY its key), of a real server: that keeps the double honest. Works in collections of its own and removes
// them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "agent/probe/qdrant_client.h"
#include "common/sha256.h"
#include "tests/support/qdrant_double.h"

namespace fleet::agent {
namespace {

using Json = nlohmann::json;

constexpr char kName[] = "fast-all-minilm-l6-v2";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class QdrantContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      double_ = std::make_unique<QdrantDouble>();
      options_.url = double_->url();
    } else {
      options_.url = Environment("QDRANT_URL");
      options_.api_key = Environment("QDRANT_API_KEY");
      if (options_.url.empty()) GTEST_SKIP() << "QDRANT_URL names no real server";
    }
    client_ = std::make_unique<QdrantClient>(options_, clock_);
    Drop();
  }
  void TearDown() override {
    if (client_) Drop();
  }

  void Drop() {
    Call("DELETE", path());
    Call("DELETE", path() + "_copy");
  }

  std::string collection() const { return "dgmo_fleet_contract_" + std::to_string(getpid()); }
  std::string path() const { return "/collections/" + collection(); }

  HttpAnswer Call(const std::string& method, const std::string& where, const Json& body = nullptr) {
    HttpRequest request;
    request.method = method;
    request.url = options_.url + where;
    request.headers = {"Content-Type: application/json"};
    if (!options_.api_key.empty()) request.headers.push_back("api-key: " + options_.api_key);
    if (!body.is_null()) request.body = body.dump();
    const HttpResult result = Fetch(request);
    if (const auto* error = std::get_if<HttpError>(&result)) ADD_FAILURE() << method << " " << where << error->text;
    return std::holds_alternative<HttpAnswer>(result) ? std::get<HttpAnswer>(result) : HttpAnswer();
  }

  void Make(const Json& vectors) { ASSERT_EQ(Call("PUT", path(), {{"vectors", vectors}}).status, 200); }
  static Json Named() { return {{kName, {{"size", 4}, {"distance", "Cosine"}}}}; }
  static Json Point(const Json& id, const Json& vector) {
    return {{"id", id}, {"vector", {{kName, vector}}}, {"payload", {{"document", "a note"}, {"metadata", nullptr}}}};
  }
  void MakeWithPoints() {
    Make(Named());
    const Json points = {Point("5f0f6d0c2a3b4e7f9a1b2c3d4e5f6071", {1, 0, 0, 0}), Point(7, {0, 2, 0, 0}),
                         Point(18'446'744'073'709'551'615U, {0, 0, 1, 1})};
    ASSERT_EQ(Call("PUT", path() + "/points?wait=true", {{"points", points}}).status, 200);
  }

  static std::string ErrorOf(const HttpAnswer& answer) { return ParseReply(answer.status, answer.body).error; }

  const SystemClock clock_{};
  std::unique_ptr<QdrantDouble> double_;
  QdrantClient::Options options_;
  std::unique_ptr<QdrantClient> client_;
};

TEST_P(QdrantContract, SaysWhoItIs) {
  const auto title = client_->Title();
  ASSERT_TRUE(std::holds_alternative<std::string>(title));
  EXPECT_FALSE(std::get<std::string>(title).empty());
  EXPECT_TRUE(client_->IsHealthzOfQdrant());
  EXPECT_FALSE(client_->NotReady().has_value());
}

TEST_P(QdrantContract, ThereIsNoPageNamedHealth) {
  const HttpAnswer answer = Call("GET", "/health");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "");
}

TEST_P(QdrantContract, AMissingCollectionIsSaidToBeMissing) {
  const auto found = client_->Collection(collection());
  ASSERT_TRUE(std::holds_alternative<QdrantProblem>(found));
  EXPECT_EQ(std::get<QdrantProblem>(found).kind, QdrantProblem::Kind::kMissing);
  EXPECT_EQ(std::get<QdrantProblem>(found).text, "Not found: Collection `" + collection() + "` doesn't exist!");
}

TEST_P(QdrantContract, DescribesNamedAndUnnamedVectors) {
  Make(Named());
  auto found = client_->Collection(collection());
  ASSERT_TRUE(std::holds_alternative<CollectionFacts>(found));
  EXPECT_EQ(std::get<CollectionFacts>(found).vectors, (std::map<std::string, VectorShape>{{kName, {4, "Cosine"}}}));
  Drop();
  Make({{"size", 4}, {"distance", "Dot"}});
  found = client_->Collection(collection());
  ASSERT_TRUE(std::holds_alternative<CollectionFacts>(found));
  EXPECT_EQ(std::get<CollectionFacts>(found).vectors, (std::map<std::string, VectorShape>{{"", {4, "Dot"}}}));
}

TEST_P(QdrantContract, CountsSamplesAndSearchesPoints) {
  MakeWithPoints();
  EXPECT_EQ(std::get<std::int64_t>(client_->Count(collection())), 3);
  const auto sample = std::get<PointSample>(client_->Sample(collection(), 50));
  EXPECT_EQ(sample.points, 3);
  EXPECT_EQ(sample.without_document, 0);
  const auto time = client_->SearchTime(collection(), kName, std::get<std::string>(client_->Title()));
  ASSERT_FALSE(std::holds_alternative<QdrantProblem>(time)) << std::get<QdrantProblem>(time).text;
  EXPECT_TRUE((std::get<std::optional<std::chrono::microseconds>>(time)).has_value());
}

TEST_P(QdrantContract, ScrollsIntegersBeforeUuidsAndNormalisesCosineVectors) {
  MakeWithPoints();
  const QdrantReply reply =
      ParseReply(200, Call("POST", path() + "/points/scroll", {{"limit", 2}, {"with_vector", true}}).body);
  const Json& points = reply.result.at("points");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].at("id"), 7);
  EXPECT_EQ(points[1].at("id"), 18'446'744'073'709'551'615U);
  EXPECT_EQ(points[0].at("vector").at(kName), Json({0.0, 1.0, 0.0, 0.0}));
  EXPECT_EQ(reply.result.at("next_page_offset"), "5f0f6d0c-2a3b-4e7f-9a1b-2c3d4e5f6071");
}

TEST_P(QdrantContract, RefusesVectorsThatItHasNotWhenItIsWaitedFor) {
  Make({{"size", 4}, {"distance", "Cosine"}});
  const Json points = {{"points", {Point(1, {1, 0, 0, 0})}}};
  const HttpAnswer waited = Call("PUT", path() + "/points?wait=true", points);
  EXPECT_EQ(waited.status, 400);
  EXPECT_EQ(ErrorOf(waited), std::string("Wrong input: Not existing vector name error: ") + kName);
  EXPECT_EQ(Call("PUT", path() + "/points", points).status, 200);
  EXPECT_EQ(std::get<std::int64_t>(client_->Count(collection())), 0);
}

TEST_P(QdrantContract, ASnapshotHoldsTheCollectionAndItsChecksum) {
  MakeWithPoints();
  const Json made = ParseReply(200, Call("POST", path() + "/snapshots?wait=true").body).result;
  const auto name = made.at("name").get<std::string>();
  EXPECT_EQ(ParseReply(200, Call("GET", path() + "/snapshots").body).result.size(), 1U);
  const HttpAnswer bytes = Call("GET", path() + "/snapshots/" + name);
  EXPECT_EQ(bytes.body.size(), made.at("size").get<std::size_t>());
  EXPECT_EQ(Sha256Hex(bytes.body), made.value("checksum", Sha256Hex(bytes.body)));  // old servers tell none
  const HttpAnswer missing = Call("GET", path() + "/snapshots/no.snapshot");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.content_type(), "text/plain");

  HttpRequest upload;
  upload.method = "POST";
  upload.url =
      options_.url + path() + "_copy/snapshots/upload?wait=true&priority=snapshot&checksum=" + Sha256Hex(bytes.body);
  upload.headers = {"Content-Type: multipart/form-data; boundary=b0undary"};
  if (!options_.api_key.empty()) upload.headers.push_back("api-key: " + options_.api_key);
  upload.body =
      "--b0undary\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"x.snapshot\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n" +
      bytes.body + "\r\n--b0undary--\r\n";
  const HttpResult uploaded = Fetch(upload);
  ASSERT_TRUE(std::holds_alternative<HttpAnswer>(uploaded));
  EXPECT_EQ(std::get<HttpAnswer>(uploaded).status, 200) << std::get<HttpAnswer>(uploaded).body;
  EXPECT_EQ(std::get<std::int64_t>(client_->Count(collection() + "_copy")), 3);
  EXPECT_EQ(Call("DELETE", path() + "/snapshots/" + name + "?wait=true").status, 200);
}

TEST_P(QdrantContract, RecoverIsPutAndWantsAnAddress) {
  MakeWithPoints();
  EXPECT_EQ(Call("POST", path() + "/snapshots/recover", {{"location", "file:///x"}}).status, 404);
  EXPECT_EQ(Call("PUT", path() + "/snapshots/recover", {{"location", "/tmp/x.snapshot"}}).status, 400);
  EXPECT_EQ(Call("PUT", path() + "/snapshots/recover", {{"location", "file:///no/such.snapshot"}}).status, 400);
  EXPECT_EQ(std::get<std::int64_t>(client_->Count(collection())), 3);
}

TEST_P(QdrantContract, AnAliasAnswersForItsCollection) {
  MakeWithPoints();
  const std::string alias = collection() + "_alias";
  const Json actions = {{"actions", {{{"create_alias", {{"collection_name", collection()}, {"alias_name", alias}}}}}}};
  ASSERT_EQ(Call("POST", "/collections/aliases", actions).status, 200);
  EXPECT_EQ(std::get<std::int64_t>(client_->Count(alias)), 3);
  const auto names = std::get<std::vector<std::string>>(client_->Collections());
  EXPECT_EQ(std::count(names.begin(), names.end(), alias), 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, QdrantContract, ::testing::Values(false, true),
                         [](const auto& parameter) { return parameter.param ? "Real" : "Double"; });

}  // namespace
}  // namespace fleet::agent
