#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/qdrant_store.h"
#include "tests/support/temp_dir.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace fleet {

// What an answer can be made to go wrong by.
enum class QdrantFault {
  kNone,
  kHang,           // takes the request and never answers
  kAnswerLost,     // does what it is asked and never answers
  kStall,          // answers half and then nothing
  kCloseMidBody,   // answers half and ends the connection: the length it named is wrong
  kHtml,           // another program: 200 with a page
  kTruncatedJson,  // half of the answer, with the right length
  kUnauthorized,   // 401
  kForbidden,      // 403
  kNotFoundEmpty,  // 404 without a body
  kFailed,         // 500
  kUnavailable,    // 503
  kTooMany,        // 429 with Retry-After
  kTooLarge,       // 200 with 16 MiB
  kDiskFull,       // 500 as for a write on a full disk
  kCorrupt,        // the answer with one byte changed
};
QdrantFault QdrantFaultOf(const std::string& name);  // "hang", "answer-lost", ...; kNone when there is no such fault

// A stand-in for a Qdrant server, over real sockets: the REST interface as its clients depend on it, for the versions
// 1.9 to 1.18. It proves nothing about file formats, segments, memory or timing of a real one. Any thread.
class QdrantDouble {
 public:
  using Json = nlohmann::json;

  struct Options {
    std::string version = "1.15.5";
    std::string host = "127.0.0.1";
    int port = 0;  // 0: any
    std::string api_key = {};
    std::string read_only_key = {};
    std::string recovery_mode = {};  // the message; empty: off
    bool is_ready = true;            // what /readyz says
    std::string folder = {};         // for storage/ and snapshots/; empty: a temporary one
  };
  struct Request {
    std::string method;
    std::string path;
    std::string api_key = {};
    std::string body;
  };

  QdrantDouble() : QdrantDouble(Options()) {}
  explicit QdrantDouble(Options options);
  ~QdrantDouble();

  const std::string& host() const { return options_.host; }
  int port() const { return port_; }
  std::string url() const { return "http://" + options_.host + ":" + std::to_string(port_); }
  std::string storage() const { return folder_ + "/storage"; }
  std::string snapshots() const { return folder_ + "/snapshots"; }

  // The port is closed until Start: what "refused" looks like.
  void Stop();
  void Start();

  // Requests whose path begins with `path`, or with a method and a path ("POST /collections"), go wrong, the next
  // `times` of them.
  void Inject(const std::string& path, QdrantFault fault, int times = 1'000'000);
  // The request of this number, counted from 0 since the beginning, goes wrong.
  void InjectAt(std::size_t number, QdrantFault fault);
  // Nothing goes wrong any more.
  void Heal();
  // Called before each request is answered, to change the state between two of them.
  void BeforeEach(std::function<void(const Request&, QdrantStore&)> hook);
  // Only from within that: the request goes wrong.
  void SpoilThis(QdrantFault fault) { faults_at_[log_.size() - 1] = fault; }
  // The state itself.
  void Change(const std::function<void(QdrantStore&)>& change);

  std::vector<Request> requests() const;
  int Count(const std::string& method, const std::string& path) const;

 private:
  struct Planned {
    std::string path;
    QdrantFault fault;
    int times;
  };

  void Listen();
  void Handle(const httplib::Request& request, httplib::Response& response);
  bool Authorise(const httplib::Request& request, const std::string& path, httplib::Response& response) const;
  void Answer(const httplib::Request& request, const std::string& path, httplib::Response& response);
  Json Route(const httplib::Request& request, const std::vector<std::string>& parts, httplib::Response& response);
  Json RouteSnapshots(const httplib::Request& request, const std::string& collection,
                      const std::vector<std::string>& rest, httplib::Response& response);
  Json Lock(const httplib::Request& request);
  void Spoil(QdrantFault fault, httplib::Response& response);
  QdrantFault TakeFault(const std::string& method, const std::string& path);
  void WaitForStop();

  const Options options_;
  const TempDir temp_;
  const std::string folder_;
  int port_ = 0;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;

  mutable std::mutex mu_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  QdrantStore store_;
  std::optional<std::string> lock_;  // its message
  std::vector<Planned> faults_;
  std::map<std::size_t, QdrantFault> faults_at_;
  std::vector<Request> log_;
  std::function<void(const Request&, QdrantStore&)> before_;
  int snapshot_count_ = 0;
};

// Makes a collection with those vectors (config.params.vectors as JSON text) and `points` points as the MCP server
// writes them.
void FillQdrantCollection(QdrantStore& store, const std::string& name, const std::string& vectors, int points);

// The configuration that the MCP server expects.
inline constexpr char kRightVectors[] = R"({"fast-all-minilm-l6-v2":{"size":384,"distance":"Cosine"}})";

}  // namespace fleet
