#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/probe/qdrant_client.h"

namespace fleet::agent {

// A snapshot as its server lists it.
struct ServerSnapshot {
  std::string name = {};
  std::optional<std::int64_t> size = {};
  std::string checksum = {};  // SHA-256; empty from servers before 1.8
};

struct PointPage {
  std::vector<nlohmann::json> points;  // {"id", "payload", "vector"}
  nlohmann::json next;                 // id to go on with; null at the end
};

// Everything that changes a Qdrant server, and what changing it safely needs to know. Writes always wait until they are
// done: without that the server says yes to what it will refuse. Calls that may be repeated are, when the server is
// busy for a moment; nothing else is. Errors carry a reason (reason.h): "server_down", "timeout", "connection_closed",
// "unreachable", "key_refused", "storage_locked", "missing", "unsupported", "server_error", "busy", "rejected",
// "wrong_service". One thread; blocks on the network.
class QdrantAdmin {
 public:
  using Json = nlohmann::json;
  struct Options {
    std::string url;
    std::string api_key;  // a secret; empty: none is sent
    std::chrono::milliseconds connect_limit{2'000};
    std::chrono::milliseconds answer_limit{30'000};  // of a call that reads or writes points
    std::chrono::milliseconds work_limit{600'000};   // of one that snapshots or restores a collection
    std::chrono::seconds stall_limit{30};            // of a download without a byte
    std::size_t max_request = 24 << 20;              // Qdrant takes 32 MiB
    std::size_t max_answer = 64 << 20;
    std::function<void(std::chrono::milliseconds)> pause;
  };
  QdrantAdmin(Options options, const Clock& clock);

  absl::StatusOr<std::string> Version() const;
  absl::Status Ready() const;
  absl::StatusOr<std::vector<std::string>> Collections() const;
  // The result of GET /collections/{c}; nullopt when there is no such collection.
  absl::StatusOr<std::optional<Json>> Find(const std::string& collection) const;
  absl::StatusOr<std::int64_t> Count(const std::string& collection) const;  // exact
  // At most `limit` points; fewer when they would not fit into one answer.
  absl::StatusOr<PointPage> Scroll(const std::string& collection, const Json& from, int limit, bool payload = true,
                                   bool vector = true) const;
  absl::StatusOr<std::vector<Json>> Points(const std::string& collection, const std::vector<Json>& ids) const;
  // The id of the point nearest to a vector, and how near.
  absl::StatusOr<Json> Nearest(const std::string& collection, const std::string& vector_name, const Json& vector) const;
  absl::StatusOr<std::vector<std::string>> Aliases(const std::string& collection) const;

  // AlreadyExists when it does.
  absl::Status Create(const std::string& collection, const Json& body) const;
  absl::Status Delete(const std::string& collection) const;  // OK when it is not there
  absl::Status Patch(const std::string& collection, const Json& body) const;
  absl::Status Upsert(const std::string& collection, const std::vector<Json>& points) const;
  absl::Status IndexPayload(const std::string& collection, const std::string& field, const Json& schema) const;
  absl::Status AddAlias(const std::string& alias, const std::string& collection) const;

  absl::StatusOr<std::vector<ServerSnapshot>> Snapshots(const std::string& collection) const;
  // When the answer is lost the snapshot that appears is taken; a second one is not asked for.
  absl::StatusOr<ServerSnapshot> MakeSnapshot(const std::string& collection) const;
  absl::Status DeleteSnapshot(const std::string& collection, const std::string& name) const;
  absl::Status Download(const std::string& collection, const std::string& snapshot,
                        std::function<bool(std::string_view)> sink) const;
  // Replaces the points of the collection, or makes it when it is not there.
  absl::Status Upload(const std::string& collection, const std::string& path, const std::string& sha256) const;

 private:
  // Repeated only when the server says that it has not begun.
  absl::StatusOr<Json> Once(const HttpRequest& request, const std::string& shown) const;
  absl::StatusOr<Json> Repeat(const std::string& method, const std::string& path, const std::string& shown,
                              const std::string& body = "") const;
  HttpRequest RequestOf(const std::string& method, const std::string& path, std::chrono::milliseconds limit) const;

  const Options options_;
  const QdrantClient client_;
};

}  // namespace fleet::agent
