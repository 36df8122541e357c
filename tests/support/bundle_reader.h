#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <map>
#include <memory>
#include <string>

namespace fleet {

// Every member of an escalation bundle (tar.zst); empty when it cannot be read.
inline std::map<std::string, std::string> ReadBundle(const std::string& path) {
  std::map<std::string, std::string> members;
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_zstd(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) return {};
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    std::string& bytes = members[archive_entry_pathname(entry)];
    char buffer[1 << 16];
    for (la_ssize_t n = 0; (n = archive_read_data(reader.get(), buffer, sizeof buffer)) > 0;) {
      bytes.append(buffer, static_cast<std::size_t>(n));
    }
  }
  return members;
}

}  // namespace fleet
