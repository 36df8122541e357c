#include "tests/support/qdrant_double.h"

#include <httplib.h>

#include <filesystem>

#include "tests/support/qdrant_http.h"

namespace fleet {

namespace {

using Json = nlohmann::json;

std::vector<std::string> Parts(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

constexpr std::size_t kMostBody = 32 << 20;

bool OnlyReads(const std::string& method, const std::string& path) {
  return method == "GET" ||
         (method == "POST" && (path.ends_with("/count") || path.ends_with("/scroll") || path.ends_with("/search") ||
                               path.ends_with("/query") || path.ends_with("/points")));
}

// What the server refuses before it looks at what is asked for.
void CheckBody(const httplib::Request& request) {
  if (request.body.empty() || request.is_multipart_form_data()) return;
  if (request.body.size() > kMostBody) {
    throw QdrantError{400, "Payload error: JSON payload (" + std::to_string(request.body.size()) +
                               " bytes) is larger than allowed (limit: 33554432 bytes)."};
  }
  if (request.get_header_value("Content-Type").rfind("application/json", 0) != 0) {
    throw QdrantError{400, "Content type error"};
  }
}

}  // namespace

void FillQdrantCollection(QdrantStore& store, const std::string& name, const std::string& vectors, int points) {
  const Json config = Json::parse(vectors);
  store.Create(name, {{"vectors", config}});
  const bool unnamed = config.contains("size") && config["size"].is_number();
  const auto vector_of = [](const Json& parameters, int seed) {
    Json numbers = Json::array();
    for (int i = 0; i < parameters.at("size").get<int>(); ++i) numbers.push_back((i * 7 + seed * 13) % 31 - 15);
    return numbers;
  };
  Json list = Json::array();
  for (int i = 0; i < points; ++i) {
    char id[40];
    std::snprintf(id, sizeof id, "5f0f6d0c-2a3b-4e7f-9a1b-%012x", static_cast<unsigned>(i));
    Json vector;
    if (unnamed) {
      vector = vector_of(config, i);
    } else {
      for (const auto& [key, parameters] : config.items()) vector[key] = vector_of(parameters, i);
    }
    list.push_back({{"id", id},
                    {"vector", vector},
                    {"payload", {{"document", "LEARNED: note " + std::to_string(i)}, {"metadata", nullptr}}}});
  }
  store.Upsert(name, {{"points", list}}, true);
}

QdrantDouble::QdrantDouble(Options options)
    : options_(std::move(options)),
      folder_(options_.folder.empty() ? temp_.path() : options_.folder),
      port_(options_.port),
      store_(QdrantVersion::Of(options_.version), folder_ + "/storage") {
  std::filesystem::create_directories(storage() + "/collections");
  std::filesystem::create_directories(snapshots());
  Start();
}

QdrantDouble::~QdrantDouble() { Stop(); }

void QdrantDouble::Start() {
  if (thread_.joinable()) return;
  {
    const std::lock_guard lock(mu_);
    stopping_ = false;
  }
  server_ = std::make_unique<httplib::Server>();
  const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
    Handle(request, response);
  };
  server_->Get(".*", handler);
  server_->Post(".*", handler);
  server_->Put(".*", handler);
  server_->Patch(".*", handler);
  server_->Delete(".*", handler);
  if (port_ == 0) {
    port_ = server_->bind_to_any_port(options_.host);
  } else if (!server_->bind_to_port(options_.host, port_)) {
    throw std::runtime_error("qdrant double: port " + std::to_string(port_) + " is taken");
  }
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
}

void QdrantDouble::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mu_);
    stopping_ = true;
  }
  stopped_.notify_all();
  server_->stop();
  thread_.join();
  server_.reset();
}

void QdrantDouble::Inject(const std::string& path, QdrantFault fault, int times) {
  const std::lock_guard lock(mu_);
  faults_.push_back({path, fault, times});
}

void QdrantDouble::Heal() {
  const std::lock_guard lock(mu_);
  faults_.clear();
  faults_at_.clear();
}

void QdrantDouble::InjectAt(std::size_t number, QdrantFault fault) {
  const std::lock_guard lock(mu_);
  faults_at_[number] = fault;
}

void QdrantDouble::BeforeEach(std::function<void(const Request&, QdrantStore&)> hook) {
  const std::lock_guard lock(mu_);
  before_ = std::move(hook);
}

void QdrantDouble::Change(const std::function<void(QdrantStore&)>& change) {
  const std::lock_guard lock(mu_);
  change(store_);
}

std::vector<QdrantDouble::Request> QdrantDouble::requests() const {
  const std::lock_guard lock(mu_);
  return log_;
}

int QdrantDouble::Count(const std::string& method, const std::string& path) const {
  int count = 0;
  for (const Request& request : requests()) count += request.method == method && request.path == path ? 1 : 0;
  return count;
}

QdrantFault QdrantDouble::TakeFault(const std::string& method, const std::string& path) {
  for (Planned& planned : faults_) {
    const bool is_meant = path.rfind(planned.path, 0) == 0 || (method + " " + path).rfind(planned.path, 0) == 0;
    if (planned.times <= 0 || !is_meant) continue;
    --planned.times;
    return planned.fault;
  }
  return QdrantFault::kNone;
}

void QdrantDouble::WaitForStop() {
  std::unique_lock lock(mu_);
  stopped_.wait(lock, [this] { return stopping_; });
}

void QdrantDouble::Handle(const httplib::Request& request, httplib::Response& response) {
  std::string path = request.path;
  QdrantFault fault = QdrantFault::kNone;
  {
    const std::lock_guard lock(mu_);
    if (store_.version() >= QdrantVersion{1, 13, 3}) {
      while (path.size() > 1 && path.back() == '/') path.pop_back();
    }
    log_.push_back({request.method, path, request.get_header_value("api-key"), request.body});
    if (before_) before_(log_.back(), store_);
    const auto at = faults_at_.find(log_.size() - 1);
    fault = at == faults_at_.end() ? TakeFault(request.method, path) : at->second;
    if (fault != QdrantFault::kHang && Authorise(request, path, response)) Answer(request, path, response);
  }
  Spoil(fault, response);
}

bool QdrantDouble::Authorise(const httplib::Request& request, const std::string& path,
                             httplib::Response& response) const {
  if (options_.api_key.empty()) return true;
  if (path == "/" || path == "/healthz" || path.rfind("/readyz", 0) == 0 || path.rfind("/livez", 0) == 0) return true;
  const bool bearer = store_.version() >= QdrantVersion{1, 8, 2};
  std::string key = request.get_header_value("api-key");
  if (key.empty() && bearer && request.get_header_value("Authorization").rfind("Bearer ", 0) == 0) {
    key = request.get_header_value("Authorization").substr(7);
  }
  if (key == options_.api_key) return true;
  if (!options_.read_only_key.empty() && key == options_.read_only_key) {
    if (OnlyReads(request.method, path)) return true;
    response.status = 403;
    response.set_content(
        Json{{"status", {{"error", "Forbidden: Global manage access is required"}}}, {"time", 0.0001}}.dump(), kJson);
    return false;
  }
  response.status = 401;
  response.set_content(
      key.empty() ? "Must provide an API key or an Authorization bearer token" : "Invalid API key or JWT",
      "text/plain");
  return false;
}

void QdrantDouble::Answer(const httplib::Request& request, const std::string& path, httplib::Response& response) {
  const auto fail = [&](const QdrantError& error) {
    const double time = error.text.rfind("Format error", 0) == 0 ? 0.0 : 0.0004;
    response.status = error.status;
    response.set_content(Json{{"status", {{"error", error.text}}}, {"time", time}}.dump(), kJson);
  };
  try {
    CheckBody(request);
    if (lock_ && path != "/locks" && !OnlyReads(request.method, path)) {
      throw QdrantError{403, "Storage locked: " + *lock_};
    }
    const Json result = Route(request, Parts(path), response);
    if (!result.is_discarded()) {
      response.set_content(Json{{"result", result}, {"status", "ok"}, {"time", 0.0004}}.dump(), kJson);
    }
  } catch (const QdrantError& error) {
    fail(error);
  } catch (const PlainAnswer& answer) {
    response.status = answer.status;
    if (answer.type != nullptr) response.set_content(answer.text, answer.type);
  } catch (const Json::exception& error) {
    fail({400, std::string("Format error in JSON body: ") + error.what()});
  }
}

Json QdrantDouble::Route(const httplib::Request& request, const std::vector<std::string>& parts,
                         httplib::Response& response) {
  const std::string& method = request.method;
  const auto is = [&](const char* wanted, std::size_t count) { return method == wanted && parts.size() == count; };
  const std::string first = parts.empty() ? "" : parts[0];
  if (is("GET", 0) || (is("GET", 1) && first.empty())) {
    throw PlainAnswer{200, Json{{"title", "qdrant - vector search engine"}, {"version", options_.version}}.dump(),
                      kJson};
  }
  if (is("GET", 1) && (first == "healthz" || first == "livez"))
    throw PlainAnswer{200, "healthz check passed", "text/plain"};
  if (is("GET", 1) && first == "readyz") {
    if (options_.is_ready) throw PlainAnswer{200, "all shards are ready", "text/plain"};
    throw PlainAnswer{503, "some shards are not ready", "text/plain"};
  }
  if (is("GET", 1) && first == "metrics") {
    throw PlainAnswer{200,
                      std::string("app_status_recovery_mode ") + (options_.recovery_mode.empty() ? "0" : "1") + "\n",
                      "text/plain"};
  }
  if (first == "locks" && parts.size() == 1 && store_.version() < QdrantVersion{1, 16, 0}) return Lock(request);
  if (is("GET", 1) && first == "aliases") return store_.Aliases("");
  if (first != "collections") NoRoute();
  if (is("GET", 1)) return store_.List();
  if (is("POST", 2) && parts[1] == "aliases") {
    store_.ChangeAliases(Body(request));
    return true;
  }
  if (parts.size() < 2 || parts[1].empty()) NoRoute();
  const std::string& name = parts[1];
  if (!options_.recovery_mode.empty() && method != "DELETE") {
    throw QdrantError{500, "Service internal error: " + options_.recovery_mode};
  }
  if (is("GET", 2)) {
    Json info = store_.Info(name);
    return info;
  }
  if (is("PUT", 2)) {
    store_.Create(name, Body(request));
    return true;
  }
  if (is("PATCH", 2)) {
    store_.Patch(name, Body(request));
    return true;
  }
  if (is("DELETE", 2)) return store_.Delete(name);
  const std::string& what = parts.size() > 2 ? parts[2] : name;
  if (is("GET", 3) && what == "exists") return {{"exists", store_.Exists(name)}};
  if (is("GET", 3) && what == "aliases") return store_.Aliases(store_.RealName(name));
  if (is("PUT", 3) && what == "index") {
    const Json body = Body(request);
    store_.Get(name).payload_schema[body.at("field_name").get<std::string>()] = {{"data_type", body.at("field_schema")},
                                                                                 {"points", 0}};
    return {{"operation_id", 0}, {"status", Waits(request, false) ? "completed" : "acknowledged"}};
  }
  if (is("PUT", 4) && what == "vectors" && store_.version() >= QdrantVersion{1, 18, 0}) {
    store_.AddVector(name, parts[3], Body(request));
    return true;
  }
  if (what == "snapshots") {
    return RouteSnapshots(request, name, {parts.begin() + 3, parts.end()}, response);
  }
  if (what != "points") NoRoute();
  if (is("PUT", 3)) return store_.Upsert(name, Body(request), Waits(request, false));
  if (is("POST", 3)) return store_.Retrieve(name, Body(request));
  if (is("GET", 4)) return store_.RetrieveOne(name, parts[3]);
  const std::string call = parts.size() == 4 ? parts[3] : "";
  if (is("PUT", 4) && call == "vectors") return store_.SetVectors(name, Body(request), Waits(request, false));
  if (!is("POST", 4)) NoRoute();
  if (call == "count") return store_.CountPoints((Body(request), name));
  if (call == "scroll") return store_.Scroll(name, Body(request));
  if (call == "search") return store_.Search(name, Body(request));
  if (call == "query" && store_.version() >= QdrantVersion{1, 10, 0}) return store_.Query(name, Body(request));
  if (call == "delete") return store_.DeletePoints(name, Body(request));
  NoRoute();
}

// Of all writes of all collections; the answer is how it was before.
Json QdrantDouble::Lock(const httplib::Request& request) {
  const Json before = {{"write", lock_.has_value()}, {"error_message", lock_ ? Json(*lock_) : Json(nullptr)}};
  if (request.method == "GET") return before;
  if (request.method != "POST") NoRoute();
  const Json body = Body(request);
  lock_.reset();
  if (body.at("write").get<bool>()) lock_ = body.value("error_message", "Write operations are forbidden");
  return before;
}

}  // namespace fleet
