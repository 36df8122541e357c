#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/sha256.h"
#include "common/time_text.h"

namespace fleet {

// One member of an archive that a test makes; the odd types are for hostile ones.
struct TarFile {
  std::string path;
  std::string bytes = {};
  unsigned type = AE_IFREG;
  std::string link = {};  // target of a symbolic or, for a regular file, of a hard link
};

inline std::string BytesOf(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void SetFileTime(const std::string& path, std::int64_t ms) {
  const timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  const timespec times[2] = {time, time};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
}

// A tar archive, its folders made. Throws when libarchive does not want to.
inline void WriteTar(const std::string& path, const std::vector<TarFile>& files, bool gzip) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(writer.get());
  if (gzip) archive_write_add_filter_gzip(writer.get());
  if (archive_write_open_filename(writer.get(), path.c_str()) != ARCHIVE_OK) throw std::runtime_error(path);
  for (const TarFile& file : files) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_filetype(entry.get(), file.type);
    archive_entry_set_perm(entry.get(), file.type == AE_IFDIR ? 0700 : 0600);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.bytes.size()));
    if (!file.link.empty() && file.type == AE_IFLNK) archive_entry_set_symlink(entry.get(), file.link.c_str());
    if (!file.link.empty() && file.type == AE_IFREG) archive_entry_set_hardlink(entry.get(), file.link.c_str());
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), file.bytes.data(), file.bytes.size());
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer.get()));
}

// Every data root below a home's data folder: key in a backup, and path.
inline std::vector<std::pair<std::string, std::string>> RootsToBackUp(const std::string& home) {
  namespace fs = std::filesystem;
  const std::string data = home + "/.local/share/";
  std::vector<std::pair<std::string, std::string>> roots;
  const auto add = [&](const std::string& folder, const std::string& below) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(data + folder, error)) {
      const std::string key = folder + "/" + entry.path().filename().string() + below;
      if (fs::is_directory(data + key)) roots.emplace_back(key, data + key);
    }
  };
  add("dgmo/project", "");
  add("opencode/project", "");
  add("opencode/User/workspaceStorage", "/dgmo");
  std::sort(roots.begin(), roots.end());
  return roots;
}

// A manifest with its own sum at its end.
inline void WriteSealed(const std::string& path, const nlohmann::ordered_json& manifest) {
  std::string text = manifest.dump(1);
  text.resize(text.rfind('}'));
  const std::string sum = Sha256Hex(text);
  std::ofstream(path) << text << ",\"manifest_sha256\":\"" << sum << "\"}\n";
}

// A valid backup of all sessions of a home, as the product's own format has it (catalogue: "Format"):
// sessions_<time>.tar.gz and its manifest in `folder`, by default <home>/backups/sessions. Both carry the time.
// Returns the archive's path.
inline std::string WriteSessionBackup(const std::string& home, std::int64_t made_ms, std::string folder = "") {
  namespace fs = std::filesystem;
  if (folder.empty()) folder = home + "/backups/sessions";
  std::vector<TarFile> members;
  nlohmann::ordered_json manifest{{"format_version", 1},
                                  {"created_ms", made_ms},
                                  {"host", "workstation"},
                                  {"user", "mira"},
                                  {"dgmo_version", "0.2.3"}};
  manifest["roots"] = nlohmann::ordered_json::array();
  manifest["files"] = nlohmann::ordered_json::array();
  for (const auto& [key, root] : RootsToBackUp(home)) {
    const bool guide = key.find("workspaceStorage") != std::string::npos;
    manifest["roots"].push_back({{"kind", guide ? "G" : "U"}, {"path", root}, {"key", key}});
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      struct stat found {};
      if (lstat(entry.path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
      const std::string path = key + entry.path().string().substr(root.size());
      members.push_back({.path = path, .bytes = BytesOf(entry.path().string())});
      const std::string& bytes = members.back().bytes;
      const bool good = path.find(".json") == std::string::npos || nlohmann::json::accept(bytes);
      manifest["files"].push_back({{"path", path},
                                   {"size", bytes.size()},
                                   {"mtime_ms", found.st_mtim.tv_sec * 1000},
                                   {"mode", found.st_mode & 07777U},
                                   {"sha256", Sha256Hex(bytes)},
                                   {"state", good ? "good" : "damaged"}});
    }
  }
  const std::string stem = folder + "/sessions_" + TimeNameText(made_ms);
  WriteTar(stem + ".tar.gz", members, true);
  manifest["counts"] = {{"files", members.size()}};
  manifest["relations"] = nullptr;
  manifest["previous"] = nullptr;
  manifest["archive_sha256"] = Sha256Hex(BytesOf(stem + ".tar.gz"));
  WriteSealed(stem + ".manifest.json", manifest);
  SetFileTime(stem + ".tar.gz", made_ms);
  SetFileTime(stem + ".manifest.json", made_ms);
  return stem + ".tar.gz";
}

// A valid snapshot of a collection with its manifest, in <home>/backups/qdrant. Returns the snapshot's path.
inline std::string WriteSnapshot(const std::string& home, std::int64_t made_ms, std::int64_t points,
                                 const std::string& collection = "AgentMemories") {
  const std::string stem = home + "/backups/qdrant/" + collection + "_" + TimeNameText(made_ms);
  const std::string config =
      R"({"params":{"vectors":{"fast-all-minilm-l6-v2":{"size":384,"distance":"Cosine"}}},"hnsw_config":{}})";
  WriteTar(stem + ".snapshot",
           {{.path = "config.json", .bytes = config},
            {.path = "version.info", .bytes = "0.6.0"},
            {.path = "0/segments/segment.tar", .bytes = std::string(5000, 'x')}},
           false);
  const std::string bytes = BytesOf(stem + ".snapshot");
  const nlohmann::ordered_json manifest{{"collection", collection},
                                        {"server_version", "1.9.0"},
                                        {"vectors", {{"fast-all-minilm-l6-v2", {{"size", 384}}}}},
                                        {"exact_count", points},
                                        {"size", bytes.size()},
                                        {"sha256", Sha256Hex(bytes)},
                                        {"created_ms", made_ms},
                                        {"source_host", "workstation"}};
  std::ofstream(stem + ".json") << manifest.dump(1);
  SetFileTime(stem + ".snapshot", made_ms);
  SetFileTime(stem + ".json", made_ms);
  return stem + ".snapshot";
}

}  // namespace fleet
