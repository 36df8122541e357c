#include "agent/checks/qdrant_target.h"
#include "agent/probe/listeners.h"
#include "agent/probe/probes.h"
#include "agent/probe/qdrant_client.h"
#include "agent/probe/qdrant_traces.h"

namespace fleet::agent {

namespace {

using Server = QdrantFacts::Server;

Server ServerOf(QdrantProblem::Kind kind) {
  switch (kind) {
    case QdrantProblem::Kind::kRefused: return Server::kRefused;
    case QdrantProblem::Kind::kTimedOut: return Server::kTimedOut;
    case QdrantProblem::Kind::kClosed:
    case QdrantProblem::Kind::kFailed: return Server::kNotReady;
    case QdrantProblem::Kind::kUnreachable: return Server::kUnknown;
    case QdrantProblem::Kind::kUnauthorized: return Server::kUnauthorized;
    case QdrantProblem::Kind::kMissing:
    case QdrantProblem::Kind::kNoSuchPath:
    case QdrantProblem::Kind::kRejected:
    case QdrantProblem::Kind::kForeign: break;
  }
  return Server::kWrongService;
}

// Asks one server what the rules want to know, until a call fails in a way that says all about the rest.
class Questions {
 public:
  Questions(const QdrantClient& client, const CheckSettings& settings, QdrantFacts& facts)
      : client_(client), settings_(settings), facts_(facts) {}

  // Returns whether all was answered.
  bool Ask() {
    if (!AskServer()) return false;
    facts_.server = Server::kAnswers;
    if (AskCollection()) AskPoints();
    return is_whole_;
  }

 private:
  // Whether Qdrant is there and answers. Some set-ups do not let "/" through, so that one answer of Qdrant's is proof.
  bool AskServer() {
    QdrantResult<std::string> title = client_.Title();
    // Once is an accident.
    if (IsClosed(title)) title = client_.Title();
    const auto* problem = std::get_if<QdrantProblem>(&title);
    if (problem == nullptr) {
      facts_.version = std::get<std::string>(title);
    } else if (ServerOf(problem->kind) != Server::kWrongService) {
      return Fail(*problem);
    }
    const QdrantResult<std::vector<std::string>> collections = client_.Collections();
    const auto* refused = std::get_if<QdrantProblem>(&collections);
    if (problem != nullptr && refused != nullptr && !client_.IsHealthzOfQdrant()) return Fail(*problem);
    is_qdrant_ = true;
    if (const std::optional<QdrantProblem> unready = client_.NotReady()) return Fail(*unready);
    // A key for one collection only need not be good for the list of all.
    const bool other = refused != nullptr && refused->kind != QdrantProblem::Kind::kUnauthorized;
    return other ? Fail(*refused) : true;
  }

  bool AskCollection() {
    QdrantResult<CollectionFacts> collection = client_.Collection(facts_.collection);
    const auto* problem = std::get_if<QdrantProblem>(&collection);
    if (problem == nullptr) {
      facts_.found = std::get<CollectionFacts>(std::move(collection));
      return true;
    }
    if (problem->kind != QdrantProblem::Kind::kMissing) return Fail(*problem);
    facts_.collection_missing = true;
    return false;
  }

  // What cannot be had is not known; the rest of the answers stays.
  template <class Value>
  std::optional<Value> Take(QdrantResult<Value> result) {
    if (auto* value = std::get_if<Value>(&result)) return std::move(*value);
    const auto& problem = std::get<QdrantProblem>(result);
    is_whole_ = false;
    if (problem.kind == QdrantProblem::Kind::kMissing) {
      facts_.found.reset();  // it went meanwhile; the next check sees what became of it
    } else if (ServerOf(problem.kind) != Server::kWrongService) {
      Fail(problem);
    }
    return std::nullopt;
  }
  bool going_on() const { return facts_.server == Server::kAnswers && facts_.found; }

  static bool IsClosed(const QdrantResult<std::string>& title) {
    const auto* problem = std::get_if<QdrantProblem>(&title);
    return problem != nullptr && problem->kind == QdrantProblem::Kind::kClosed;
  }

  void AskPoints() {
    const std::optional<std::int64_t> count = Take(client_.Count(facts_.collection));
    if (!going_on()) return;
    facts_.found->points = count;
    if (count == 0) return;
    std::optional<PointSample> sample = Take(client_.Sample(facts_.collection, settings_.qdrant_sample));
    if (!going_on()) return;
    facts_.found->sample = std::move(sample);
    const auto& vectors = facts_.found->vectors;
    const std::string name =
        vectors.count(facts_.vector_name) > 0 || vectors.empty() ? facts_.vector_name : vectors.begin()->first;
    const auto time = Take(client_.SearchTime(facts_.collection, name, facts_.version));
    if (going_on() && time && *time) facts_.found->search_us = (*time)->count();
  }

  bool Fail(const QdrantProblem& problem) {
    facts_.server = ServerOf(problem.kind);
    // Qdrant itself, with an answer that says nothing, such as one about too many requests.
    if (is_qdrant_ && facts_.server == Server::kWrongService) facts_.server = Server::kUnknown;
    is_whole_ = false;
    facts_.call = problem.call;
    facts_.status = problem.status;
    facts_.reason = problem.text;
    return false;
  }

  const QdrantClient& client_;
  const CheckSettings& settings_;
  QdrantFacts& facts_;
  bool is_qdrant_ = false;
  bool is_whole_ = true;
};

QdrantClient::Options OptionsOf(const QdrantTarget& target, const CheckSettings& settings) {
  QdrantClient::Options options;
  options.url = target.url;
  options.api_key = target.api_key;
  options.connect_limit = std::chrono::milliseconds(settings.qdrant_connect_limit_ms);
  options.total_limit = std::chrono::milliseconds(settings.qdrant_answer_limit_ms);
  return options;
}

// Others reach it, and it shows its collections to whoever asks.
void AskExposure(QdrantClient::Options options, const Clock& clock, QdrantFacts& facts) {
  if (facts.local) {
    const absl::StatusOr<std::vector<Listener>> listeners = ListenersOn(PortOf(facts.url));
    if (!listeners.ok()) return;
    for (const Listener& listener : *listeners) {
      if (listener.address == Listener::Address::kAny) facts.exposed_at = "any address";
      if (listener.address == Listener::Address::kOther && facts.exposed_at.empty()) facts.exposed_at = "other address";
    }
  } else {
    facts.exposed_at = "the address of its URL";
  }
  if (facts.exposed_at.empty()) return;
  options.api_key.clear();
  const QdrantResult<std::vector<std::string>> answer = QdrantClient(std::move(options), clock).Collections();
  facts.is_exposed = std::holds_alternative<std::vector<std::string>>(answer);
}

}  // namespace

void ProbeQdrant(const CheckSettings& settings, HomeModel& home) {
  // Which server a home uses stands in its configuration.
  if (!home.config) {
    home.unknown.push_back(AddressOf(settings.qdrant_url));
    return;
  }
  const QdrantTarget target = QdrantTargetOf(*home.config, settings);
  QdrantFacts facts;
  facts.url = target.address;
  facts.collection = target.collection;
  facts.vector_name = target.vector_name;
  facts.wanted = target.wanted;
  facts.any_entry = target.any_entry;
  facts.has_api_key = !target.api_key.empty();
  facts.local = IsLoopbackUrl(target.url);
  if (target.embedded) {
    facts.server = Server::kEmbedded;
  } else {
    const SystemClock clock;
    AddTraces(target, settings, home.home, facts);
    const QdrantClient::Options options = OptionsOf(target, settings);
    const QdrantClient client(options, clock);
    const bool whole = Questions(client, settings, facts).Ask();
    if (facts.server == Server::kAnswers) AskExposure(options, clock, facts);
    // What could not be asked stays as it is: all of it, or only what concerns collections.
    if (facts.server == Server::kUnknown) home.unknown.push_back(facts.url);
    if (!whole) home.unknown.push_back(facts.url + "/collections");
  }
  home.qdrant = std::move(facts);
}

}  // namespace fleet::agent
