#include "tests/support/qdrant_snapshot.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace fleet {

namespace {

void AddFile(archive* tar, const std::string& name, const std::string& bytes) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_write_header(tar, entry.get());
  archive_write_data(tar, bytes.data(), bytes.size());
}

}  // namespace

std::string PackQdrantSnapshot(const nlohmann::json& dump, const std::string& version) {
  const std::string points = dump.at("points").dump();
  std::string bytes(points.size() + 64 * 1024, '\0');
  std::size_t used = 0;
  const std::unique_ptr<archive, int (*)(archive*)> tar(archive_write_new(), archive_write_free);
  archive_write_set_format_ustar(tar.get());
  archive_write_set_bytes_per_block(tar.get(), 0);
  archive_write_open_memory(tar.get(), bytes.data(), bytes.size(), &used);
  AddFile(tar.get(), "config.json",
          nlohmann::json{{"params", {{"vectors", dump.at("vectors")}}}, {"made_with", dump.at("config")}}.dump());
  AddFile(tar.get(), "version.info", version);
  AddFile(tar.get(), "payload_index.json", "{}");
  AddFile(tar.get(), "0/points.json", points);
  archive_write_close(tar.get());
  bytes.resize(used);
  return bytes;
}

std::optional<nlohmann::json> UnpackQdrantSnapshot(const std::string& bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> tar(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(tar.get());
  if (archive_read_open_memory(tar.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return std::nullopt;
  nlohmann::json dump;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(tar.get(), &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    const la_ssize_t got = archive_read_data(tar.get(), content.data(), content.size());
    if (got != static_cast<la_ssize_t>(content.size())) return std::nullopt;
    const std::string name = archive_entry_pathname(entry);
    const nlohmann::json json = nlohmann::json::parse(content, nullptr, false);
    if (name == "config.json" && json.is_object()) {
      dump["vectors"] = json["params"]["vectors"];
      dump["config"] = json["made_with"];
    }
    if (name == "0/points.json" && json.is_array()) dump["points"] = json;
  }
  if (!dump.contains("vectors") || !dump.contains("points")) return std::nullopt;
  return dump;
}

}  // namespace fleet
