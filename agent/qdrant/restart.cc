#include "agent/qdrant/restart.h"

#include <cstdlib>

#include "agent/probe/qdrant_traces.h"
#include "agent/qdrant/docker.h"
#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/system_bus.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr int kTries = 3;
constexpr std::chrono::seconds kApart{5};
constexpr int kLooks = 60;  // a second apart, while it loads its collections
constexpr char kUnit[] = "qdrant.service";

absl::Status Check(const QdrantScene& scene, const RestartOptions& options) {
  if (scene.target.embedded) return Refuse("embedded", "this home's memory has no server: it is kept in files");
  if (!IsLoopbackUrl(scene.target.url)) {
    return Refuse("not_local",
                  "the server at " + ToUtf8(scene.target.address) + " is on another machine; restart it there");
  }
  QdrantFacts facts;
  facts.url = scene.target.address;
  facts.collection = scene.target.collection;
  facts.local = true;
  AddTraces(scene.target, scene.settings, scene.home, facts);
  absl::Status ready = scene.admin.Version().status();
  if (ready.ok()) ready = scene.admin.Ready();
  if (ready.ok() && !options.although_well) {
    return Refuse("is_well",
                  "the server answers and is ready; a restart would only interrupt it (--although-well "
                  "restarts it all the same)");
  }
  if (ReasonOf(ready) == "wrong_service") {
    return Refuse("wrong_service", "another program answers at the server's address; see dgmo-agent qdrant status");
  }
  if (!ready.ok() && facts.process && facts.process->age_ms &&
      *facts.process->age_ms < scene.settings.qdrant_loading_ms) {
    return Refuse("still_loading",
                  "the server's process is young and may still be loading its collections, during "
                  "which its port is closed: wait, a restart makes it begin again");
  }
  return absl::OkStatus();
}

struct Verified {
  std::size_t collections = 0;
  std::optional<std::int64_t> points;
};

absl::StatusOr<Verified> Verify(const QdrantScene& scene) {
  RETURN_IF_ERROR(scene.admin.Ready());
  RETURN_IF_ERROR(scene.admin.Version().status());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, scene.admin.Collections());
  Verified verified{.collections = names.size(), .points = {}};
  const absl::StatusOr<std::int64_t> count = scene.admin.Count(scene.target.collection);
  // A collection that is missing is another finding's matter.
  if (!count.ok() && ReasonOf(count.status()) != "missing") return count.status();
  if (count.ok()) verified.points = *count;
  return verified;
}

absl::StatusOr<Verified> Await(const QdrantScene& scene) {
  for (int i = 0;; ++i) {
    absl::StatusOr<Verified> verified = Verify(scene);
    if (verified.ok() || i == kLooks) return verified;
    scene.pause(std::chrono::seconds(1));
  }
}

absl::StatusOr<RestartMethod> MethodOf(const QdrantScene& scene, const RestartOptions& options) {
  ASSIGN_OR_RETURN(std::optional<RestartMethod> method, options.find_method(scene));
  if (method) return *std::move(method);
  return Refuse("no_method",
                "neither a container nor a service of systemd was found that holds the server; start it "
                "the way it was started first");
}

}  // namespace

absl::StatusOr<std::optional<RestartMethod>> FindRestartMethod(const QdrantScene& scene) {
  const std::string socket = DockerEngine::SocketOf(std::getenv("DOCKER_HOST"));
  if (!socket.empty()) {
    const DockerEngine docker(socket);
    const absl::StatusOr<std::vector<Container>> containers = docker.Containers(PortOf(scene.target.url));
    if (containers.ok()) {
      ASSIGN_OR_RETURN(const std::optional<Container> container, ChooseContainer(*containers));
      if (container) {
        return RestartMethod{"docker", container->name,
                             [docker, container = *container] { return docker.Restart(container); }};
      }
    }
  }
  for (const ServiceManager manager : {ServiceManager::kUser, ServiceManager::kSystem}) {
    const absl::StatusOr<bool> known = HasUnit(manager, kUnit);
    if (!known.ok() || !*known) continue;
    return RestartMethod{manager == ServiceManager::kUser ? "systemd_user" : "systemd_system", kUnit,
                         [manager] { return RestartUnit(manager, kUnit); }};
  }
  return std::nullopt;
}

absl::StatusOr<OperationReport> PlanQdrantRestart(const QdrantScene& scene, const RestartOptions& options) {
  RETURN_IF_ERROR(Check(scene, options));
  ASSIGN_OR_RETURN(const RestartMethod method, MethodOf(scene, options));
  OperationReport report;
  report.facts = {{"method", method.kind}, {"name", ToUtf8(method.name)}};
  report.steps = {"restart " + ToUtf8(method.name) + " (" + method.kind +
                  "), at most three times, until the server at " + ToUtf8(scene.target.address) +
                  " answers with its collections"};
  return report;
}

absl::StatusOr<OperationReport> RunQdrantRestart(const QdrantScene& scene, const RestartOptions& options) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  RETURN_IF_ERROR(Check(scene, options));
  ASSIGN_OR_RETURN(const RestartMethod method, MethodOf(scene, options));
  absl::Status last;
  for (int i = 1; i <= kTries; ++i) {
    if (i > 1) scene.pause(kApart);
    last = method.restart();
    // Nobody becomes allowed by asking again.
    if (ReasonOf(last) == "systemd_denied" || ReasonOf(last) == "docker_denied") return last;
    if (!last.ok()) continue;
    const absl::StatusOr<Verified> verified = Await(scene);
    last = verified.status();
    if (!verified.ok()) continue;
    OperationReport report;
    report.facts = {{"method", method.kind},
                    {"name", ToUtf8(method.name)},
                    {"tries", i},
                    {"collections", verified->collections},
                    {"points", verified->points ? nlohmann::json(*verified->points) : nlohmann::json()}};
    report.steps = {"restarted " + ToUtf8(method.name) + "; the server answers, with " +
                    std::to_string(verified->collections) + " collections" +
                    (verified->points
                         ? " and " + std::to_string(*verified->points) + " points in " + ToUtf8(scene.target.collection)
                         : "")};
    return report;
  }
  return Fail("not_restarted", "the server does not answer after " + std::to_string(kTries) + " restarts of " +
                                   ToUtf8(method.name) + " (" + MessageOf(last) + "); look at its log");
}

}  // namespace fleet::agent
