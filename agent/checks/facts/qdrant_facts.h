#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fleet::agent {

// A vector as a collection's configuration has it.
struct VectorShape {
  std::int64_t size = 0;
  std::string distance;  // "Cosine", "Dot", ...

  bool operator==(const VectorShape&) const = default;
};

// Some points of a collection.
struct PointSample {
  std::int64_t points = 0;
  std::int64_t without_document = 0;  // whose payload has no text named "document"
  std::vector<std::string> example_ids;
};

// A collection as its server describes it. What is nullopt could not be asked.
struct CollectionFacts {
  std::string status;                          // "green", "yellow", "grey", "red"
  std::string optimizer_error;                 // empty: none
  std::map<std::string, VectorShape> vectors;  // the unnamed one under ""
  std::optional<std::int64_t> points;          // exact
  std::optional<PointSample> sample;
  std::optional<std::int64_t> search_us;  // median of five searches
};

// What the agent has seen of a collection in earlier checks.
struct RememberedCollection {
  std::int64_t points = 0;           // most that were there while it was good, or what a person has accepted since
  std::int64_t seen_ms = 0;          // when
  std::int64_t timeouts_in_row = 0;  // checks up to the last one that ended in a time-out

  bool operator==(const RememberedCollection&) const = default;
};

// What a folder of the collection's name in the server's storage tells when the server does not know the collection.
struct CollectionFolder {
  std::string path;
  bool has_config = false;  // its config.json can be read: the server would load it when it starts
};

// The process of a local server.
struct QdrantProcess {
  int pid = 0;
  std::optional<std::int64_t> age_ms;
};

// The Qdrant server that a home uses: what answers there and how its collection is made.
struct QdrantFacts {
  enum class Server : std::uint8_t {
    kAnswers,       // as Qdrant does
    kRefused,       // nothing listens
    kTimedOut,      // connecting, or an answer
    kNotReady,      // it says so, fails with 5xx, or ends connections unanswered
    kWrongService,  // another program
    kUnauthorized,  // it wants another key
    kUnknown,       // no way to it from here
    kEmbedded,      // none: the MCP server keeps its memory in files of its own
  };

  // Which.
  std::string url;  // without credentials
  std::string collection;
  std::string vector_name;  // the MCP server uses
  bool wanted = false;      // an enabled MCP entry or the settings want it; else nothing here uses Qdrant
  bool any_entry = false;   // an MCP entry, enabled or not
  bool has_api_key = false;
  bool local = false;  // on this machine

  // What answers. The texts are the product's own words or Qdrant's.
  Server server = Server::kUnknown;
  std::string version;      // empty: not told
  std::string call;         // the call that went wrong, such as "GET /readyz"
  int status = 0;           // HTTP status of that; 0: none
  std::string reason;       // why, in a word or in Qdrant's text
  bool is_exposed = false;  // others than this machine reach it, and it asks for no key
  std::string exposed_at;   // "any address", or the host that it answered at

  // The collection: `collection_missing` is only said by a server that answers.
  bool collection_missing = false;
  std::optional<CollectionFacts> found;

  // Traces on this machine.
  std::optional<QdrantProcess> process;
  std::optional<CollectionFolder> folder;
  std::optional<std::string> storage;  // a storage folder, whether the collection is in it or not
  std::optional<RememberedCollection> remembered;
  std::optional<std::string> backup;          // newest snapshot of the collection that was backed up
  std::optional<std::int64_t> backup_points;  // in it, as its manifest says
};

}  // namespace fleet::agent
