#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fleet {

// A release of Qdrant, for what differs between them.
struct QdrantVersion {
  int major = 1;
  int minor = 15;
  int patch = 5;
  auto operator<=>(const QdrantVersion&) const = default;
  static QdrantVersion Of(std::string_view text);
};

// An answer that is no success; thrown by QdrantStore, made an answer by QdrantDouble.
struct QdrantError {
  int status = 500;
  std::string text;
};

// The collections of a Qdrant server in memory, with the behaviour that its clients depend on: names, vectors, counts,
// scroll, search and the errors of each version. What stands for its files lies in `storage`: a folder a collection
// with its config.json. One thread at a time.
class QdrantStore {
 public:
  using Json = nlohmann::json;

  struct PointId {
    bool is_uuid = false;
    std::uint64_t number = 0;
    std::string uuid;
    auto operator<=>(const PointId&) const = default;
    static PointId Of(const Json& json);
    static PointId OfText(const std::string& text);  // as in a path
    Json json() const { return is_uuid ? Json(uuid) : Json(number); }
  };
  struct Point {
    Json payload;
    std::map<std::string, std::vector<float>> vectors;  // the unnamed one under ""
    std::uint64_t version = 0;
  };
  struct Collection {
    Json vectors;                  // config.params.vectors
    Json config = Json::object();  // the rest of what it was made with, as it is written
    std::map<PointId, Point> points;
    std::uint64_t operations = 0;
    std::string status = "green";
    std::string optimizer_error;
    Json payload_schema = Json::object();
  };

  QdrantStore(QdrantVersion version, std::string storage) : version_(version), storage_(std::move(storage)) {}

  // Folders without a readable config.json are left out, as Qdrant does when it starts: the collection is then not
  // there, and its folder goes with the next that is made or deleted under its name.
  void Create(const std::string& name, const Json& body);
  bool Delete(const std::string& name);
  bool Exists(const std::string& name) const;
  Collection& Get(const std::string& name);  // aliases too; 404 else
  std::string RealName(const std::string& name) const;
  Json List() const;
  Json Info(const std::string& name);
  void Patch(const std::string& name, const Json& body);
  void AddVector(const std::string& name, const std::string& vector, const Json& body);

  // With `wait` the first bad point is the error; without, bad ones are dropped and nobody is told.
  Json Upsert(const std::string& name, const Json& body, bool wait);
  Json SetVectors(const std::string& name, const Json& body, bool wait);
  Json DeletePoints(const std::string& name, const Json& body);
  Json CountPoints(const std::string& name);
  Json Scroll(const std::string& name, const Json& body);
  Json Retrieve(const std::string& name, const Json& body);
  Json RetrieveOne(const std::string& name, const std::string& id);
  Json Search(const std::string& name, const Json& body);
  Json Query(const std::string& name, const Json& body);

  void ChangeAliases(const Json& body);
  Json Aliases(const std::string& of) const;  // of one collection, or of all

  // Everything of a collection, and putting it into one that is made when missing.
  Json Dump(const std::string& name);
  void Restore(const std::string& name, const Json& dump);

  const QdrantVersion& version() const { return version_; }
  std::string Folder(const std::string& name) const { return storage_ + "/collections/" + name; }
  // Forgets the collection and keeps its folder, as when it could not be loaded.
  void Unload(const std::string& name) { collections_.erase(name); }

 private:
  void CheckVector(const Collection& collection, const std::string& name, const std::vector<float>& vector) const;
  Point PointOf(const Collection& collection, const Json& json) const;
  Json PointJson(const Collection& collection, const PointId& id, const Point& point, bool payload, bool vector) const;
  std::string MissingNameText(const Collection& collection, const std::string& name) const;
  Json Ranked(const Collection& collection, const std::string& name, const Json& vector, const Json& body) const;

  const QdrantVersion version_;
  const std::string storage_;
  std::map<std::string, Collection> collections_;
  std::map<std::string, std::string> aliases_;
};

}  // namespace fleet
