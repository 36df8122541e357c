#include "agent/qdrant/docker.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/qdrant/reason.h"
#include "common/http/http_client.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr char kUsualSocket[] = "/var/run/docker.sock";
constexpr std::string_view kScheme = "unix://";

std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

HttpRequest RequestOf(const std::string& method, const std::string& socket, const std::string& path) {
  HttpRequest request;
  request.method = method;
  request.url = "http://docker" + path;
  request.unix_socket = socket;
  return request;
}

absl::Status ErrorOf(const HttpResult& result, const std::string& call) {
  if (const auto* error = std::get_if<HttpError>(&result)) {
    return Fail("docker_unreachable", "Docker did not answer " + call + ": " + ToUtf8(error->text));
  }
  const auto& answer = std::get<HttpAnswer>(result);
  const Json body = Json::parse(answer.body, nullptr, false);
  const std::string text = body.is_object() ? TextOf(body, "message") : "";
  const char* reason = answer.status == 403 ? "docker_denied" : "docker_error";
  return Fail(reason, "Docker refused " + call + " (HTTP " + std::to_string(answer.status) + ")" +
                          (text.empty() ? "" : ": " + ToUtf8(text.substr(0, 200))));
}

bool Publishes(const Json& container, std::uint16_t port) {
  const auto ports = container.find("Ports");
  return ports != container.end() && ports->is_array() &&
         std::any_of(ports->begin(), ports->end(), [port](const Json& entry) {
           return entry.is_object() && entry.value("PublicPort", Json()) == Json(port) &&
                  entry.value("Type", Json("tcp")) == Json("tcp");
         });
}

bool IsQdrantName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name.rfind("qdrant", 0) == 0;
}

std::string Names(const std::vector<const Container*>& containers) {
  std::string names;
  for (const Container* container : containers) names += (names.empty() ? "" : ", ") + ToUtf8(container->name);
  return names;
}

}  // namespace

absl::StatusOr<std::vector<Container>> ParseContainers(std::string_view text, std::uint16_t port) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_array()) return DataLoss("what answers at Docker's socket gives no list of containers");
  std::vector<Container> containers;
  for (const Json& entry : json) {
    if (!entry.is_object()) continue;
    Container container{.id = TextOf(entry, "Id"), .name = "", .state = TextOf(entry, "State")};
    // The id becomes part of a path.
    if (container.id.empty() || container.id.find_first_not_of("0123456789abcdef") != std::string::npos) continue;
    const auto names = entry.find("Names");
    if (names != entry.end() && names->is_array() && !names->empty() && names->front().is_string()) {
      container.name = names->front().get<std::string>();
      if (container.name.rfind('/', 0) == 0) container.name.erase(0, 1);
    }
    container.publishes_port = Publishes(entry, port);
    containers.push_back(std::move(container));
  }
  return containers;
}

absl::StatusOr<std::optional<Container>> ChooseContainer(const std::vector<Container>& containers) {
  std::vector<const Container*> by_port;
  std::vector<const Container*> by_name;
  for (const Container& container : containers) {
    if (container.publishes_port) by_port.push_back(&container);
    if (IsQdrantName(container.name)) by_name.push_back(&container);
  }
  // A stopped container publishes nothing.
  const auto& candidates = by_port.empty() ? by_name : by_port;
  if (candidates.empty()) return std::nullopt;
  if (candidates.size() == 1) return *candidates.front();
  return Refuse("container_ambiguous", "several containers could hold the Qdrant server: " + Names(candidates) +
                                           "; restart the right one by hand");
}

std::string DockerEngine::SocketOf(const char* docker_host) {
  const std::string_view host = docker_host == nullptr ? "" : docker_host;
  if (host.empty()) return kUsualSocket;
  return host.rfind(kScheme, 0) == 0 ? std::string(host.substr(kScheme.size())) : "";
}

absl::StatusOr<std::vector<Container>> DockerEngine::Containers(std::uint16_t port) const {
  const HttpResult result = Fetch(RequestOf("GET", socket_, "/containers/json?all=true"));
  const auto* answer = std::get_if<HttpAnswer>(&result);
  if (answer == nullptr || answer->status != 200) return ErrorOf(result, "the list of containers");
  return ParseContainers(answer->body, port);
}

absl::Status DockerEngine::Restart(const Container& container) const {
  HttpRequest request = RequestOf("POST", socket_, "/containers/" + container.id + "/restart?t=30");
  request.total_limit = std::chrono::seconds(90);  // it may take those 30 to stop
  const HttpResult result = Fetch(request);
  const auto* answer = std::get_if<HttpAnswer>(&result);
  if (answer != nullptr && answer->status == 204) return absl::OkStatus();
  return ErrorOf(result, "the restart of " + ToUtf8(container.name));
}

}  // namespace fleet::agent
