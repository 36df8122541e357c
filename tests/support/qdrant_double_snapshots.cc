#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/sha256.h"
#include "tests/support/qdrant_double.h"
#include "tests/support/qdrant_http.h"
#include "tests/support/qdrant_snapshot.h"

namespace fleet {

namespace {

using Json = nlohmann::json;

constexpr char kPeer[] = "3051998470216644";

std::string ReadAll(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::string TimeNow(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[64];
  std::strftime(text, sizeof text, format, &parts);
  return text;
}

Json SnapshotJson(const std::filesystem::path& file) {
  Json json = {{"name", file.filename().string()},
               {"creation_time", TimeNow("%Y-%m-%dT%H:%M:%S")},
               {"size", std::filesystem::file_size(file)}};
  const std::string checksum = ReadAll(file.string() + ".checksum");
  if (!checksum.empty()) json["checksum"] = checksum;
  return json;
}

}  // namespace

Json QdrantDouble::RouteSnapshots(const httplib::Request& request, const std::string& collection,
                                  const std::vector<std::string>& rest, httplib::Response& response) {
  namespace fs = std::filesystem;
  const std::string name = store_.RealName(collection);
  const fs::path folder = fs::path(snapshots()) / name;
  const std::string& method = request.method;
  const auto accepted = [&]() -> Json {
    if (Waits(request, true)) return true;
    response.status = 202;
    response.set_content(Json{{"status", "accepted"}, {"time", 0.0001}}.dump(), kJson);
    return Json(Json::value_t::discarded);
  };
  const auto restore = [&](const std::string& bytes) {
    const std::optional<Json> dump = UnpackQdrantSnapshot(bytes);
    if (!dump) throw QdrantError{500, "Service internal error: failed to read snapshot archive"};
    store_.Restore(name, *dump);
  };
  if (rest.empty() && method == "POST") {
    const std::string bytes = PackQdrantSnapshot(store_.Dump(name), options_.version);
    fs::create_directories(folder);
    const fs::path file = folder / (name + "-" + kPeer + "-" + TimeNow("%Y-%m-%d-%H-%M-%S") + ".snapshot");
    std::ofstream(file, std::ios::binary) << bytes;
    if (store_.version() >= QdrantVersion{1, 8, 0}) std::ofstream(file.string() + ".checksum") << Sha256Hex(bytes);
    const Json done = accepted();
    return done.is_discarded() ? done : SnapshotJson(file);
  }
  if (rest.empty() && method == "GET") {
    store_.Get(name);
    Json list = Json::array();
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
      if (entry.path().extension() == ".snapshot") list.push_back(SnapshotJson(entry.path()));
    }
    return list;
  }
  if (rest.size() != 1) NoRoute();
  if (method == "PUT" && rest[0] == "recover") {
    const Json body = Body(request);
    const std::string location = body.at("location").get<std::string>();
    std::string bytes;
    if (location.rfind("file:///", 0) == 0) {
      const std::string path = location.substr(7);
      if (!fs::exists(path)) throw QdrantError{400, "Bad request: Snapshot file \"" + path + "\" does not exist"};
      bytes = ReadAll(path);
    } else if (location.rfind("file://", 0) == 0) {
      throw QdrantError{400, "Bad request: Invalid snapshot URI, file path must be absolute or on localhost"};
    } else if (location.find("://") == std::string::npos) {
      throw QdrantError{400, "Format error in JSON body: invalid value: string \"" + location +
                                 "\", expected relative URL without a base at line 1 column 1"};
    } else {
      throw QdrantError{400, "Bad request: the double recovers from file:// only"};
    }
    if (const std::string wanted = body.value("checksum", ""); !wanted.empty() && wanted != Sha256Hex(bytes)) {
      throw QdrantError{400,
                        "Wrong input: Snapshot checksum mismatch: expected " + wanted + ", got " + Sha256Hex(bytes)};
    }
    restore(bytes);
    return accepted();
  }
  if (method == "POST" && rest[0] == "upload") {
    if (!request.has_file("snapshot"))
      throw QdrantError{400, "Format error in multipart form: Field 'snapshot' is required"};
    const std::string bytes = request.get_file_value("snapshot").content;
    const std::string given = fs::path(request.get_file_value("snapshot").filename).filename();
    const std::string wanted = request.has_param("checksum") ? request.get_param_value("checksum") : "";
    fs::create_directories(folder);
    const fs::path file =
        folder / (given.empty() ? "uploaded-" + std::to_string(++snapshot_count_) + ".snapshot" : given);
    std::ofstream(file, std::ios::binary) << bytes;
    // The server names the two sums the other way round.
    if (!wanted.empty() && wanted != Sha256Hex(bytes)) {
      throw QdrantError{400, "Checksum mismatch: expected " + Sha256Hex(bytes) + ", actual " + wanted};
    }
    restore(bytes);
    return accepted();
  }
  const fs::path file = folder / rest[0];
  const bool is_there = rest[0].find('/') == std::string::npos && fs::is_regular_file(file);
  if (method == "GET") {
    if (!is_there) throw PlainAnswer{404, "Snapshot " + rest[0] + " not found", "text/plain"};
    throw PlainAnswer{200, ReadAll(file.string()), "application/octet-stream"};
  }
  if (method != "DELETE") NoRoute();
  if (!is_there) throw QdrantError{404, "Not found: Snapshot " + rest[0] + " not found"};
  fs::remove(file);
  fs::remove(file.string() + ".checksum");
  return accepted();
}

}  // namespace fleet
